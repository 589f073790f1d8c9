#include "scanline/framework/ops/matmul.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/core/gemm.hpp"
#include "scanline/framework/core/parallel.hpp"

namespace scanline {
namespace {

/// A stack of matrices as `gemm` sees it.
struct Matrices {
  Matrices(const Saved& array, bool is_transposed)
      : values(array),
        rows(array.get().shape()[-2]),
        columns(array.get().shape()[-1]),
        transposed(is_transposed) {}
  Saved values;
  Index rows, columns;  // as stored
  bool transposed;

  bool is_single() const { return values.get().rank() == 2; }
  /// A single matrix serves every place of the batch.
  Index offset(Index place) const { return is_single() ? 0 : place * rows * columns; }
  Matrices flipped() const {
    Matrices result = *this;
    result.transposed = !transposed;
    return result;
  }
};

/// `c` = beta c + op(a) op(b) for each place of the batch. With beta 1, a single c receives the sum
/// over the batch.
void add_product(const Matrices& a, const Matrices& b, const Array& c, int beta = 1) {
  const Index m = a.transposed ? a.columns : a.rows;
  const Index k = a.transposed ? a.rows : a.columns;
  const Index n = b.transposed ? b.rows : b.columns;
  const auto matrices = [](const Matrices& x) {
    const Shape& shape = x.values.get().shape();
    return shape.slice(0, shape.rank() - 2).element_count();
  };
  // Not the larger of the two: the batch may be empty.
  const Index batch = matrices(a.is_single() ? b : a);
  if (m * n == 0 || batch == 0) return;
  dispatch("matmul", c.dtype(), [&]<class T>(T) {
    const T *const first_a = a.values.get().data<T>(), *const first_b = b.values.get().data<T>();
    const bool is_sum = c.rank() == 2;
    // A sum is added up in the order of the batch. Other products are independent of each other.
    constexpr Index worth_waking_a_thread = 1 << 20;
    const Index block =
        is_sum ? batch : std::max<Index>(1, worth_waking_a_thread / std::max<Index>(m * n * k, 1));
    parallel_for_ranges(batch, block, [&](Index begin, Index end) {
      for (Index place = begin; place < end; ++place)
        gemm(a.transposed, b.transposed, m, n, k, first_a + a.offset(place), a.columns,
             first_b + b.offset(place), b.columns, static_cast<T>(beta),
             c.data<T>() + (is_sum ? 0 : place * m * n), n);
    });
  });
}

[[noreturn]] void fail_shapes(const char* op, const Shape& a, const Shape& b,
                              const std::string& why) {
  throw Error(fmt::format("{}: {} x {}: {}", op, a, b, why));
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, Transposed transposed) {
  check_defined("matmul", a, b);
  const Shape &sa = a.shape(), &sb = b.shape();
  check_same_dtype("matmul", a.dtype(), b.dtype());
  if (sa.rank() < 2 || sb.rank() < 2) fail_shapes("matmul", sa, sb, "needs two axes or more");
  const Shape batch_a = sa.slice(0, sa.rank() - 2), batch_b = sb.slice(0, sb.rank() - 2);
  if (batch_a != batch_b && batch_a.rank() != 0 && batch_b.rank() != 0)
    fail_shapes("matmul", sa, sb, "the leading axes differ");
  const Index inner_a = sa[transposed.a ? -2 : -1], inner_b = sb[transposed.b ? -1 : -2];
  if (inner_a != inner_b)
    fail_shapes("matmul", sa, sb,
                fmt::format("inner dimensions {} and {} differ", inner_a, inner_b));

  Shape shape = batch_a.rank() != 0 ? batch_a : batch_b;
  shape.push_back(sa[transposed.a ? -1 : -2]);
  shape.push_back(sb[transposed.b ? -2 : -1]);
  const Array product(shape, a.dtype());
  const Matrices as(a.value(), transposed.a), bs(b.value(), transposed.b);
  add_product(as, bs, product, /*beta=*/0);
  return make_op("matmul", {a, b}, product,
                 [as, bs](const Array& grad, InputGrads& inputs) {
                   // C = A B gives dA = dC B^T and dB = A^T dC; where A or B is stored transposed,
                   // so is its gradient: dA^T = B dC^T and dB^T = dC^T A.
                   const Matrices dc(grad, false);
                   if (inputs.needed(0)) {
                     if (as.transposed)
                       add_product(bs, dc.flipped(), inputs[0]);
                     else
                       add_product(dc, bs.flipped(), inputs[0]);
                   }
                   if (inputs.needed(1)) {
                     if (bs.transposed)
                       add_product(dc.flipped(), as, inputs[1]);
                     else
                       add_product(as.flipped(), dc, inputs[1]);
                   }
                 },
                 {{"transpose_a", Index{transposed.a}}, {"transpose_b", Index{transposed.b}}});
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check_defined("linear", x, weight);
  check_floating("linear", x.dtype());
  check_same_dtype("linear", x.dtype(), weight.dtype());
  if (weight.rank() != 2 || x.rank() < 1 || x.size(-1) != weight.size(1))
    fail_shapes("linear", x.shape(), weight.shape(), "the last axis must be the weight's second");
  const Index inputs_per_row = weight.size(1), outputs = weight.size(0);
  if (bias.defined() && bias.shape() != Shape{outputs})
    throw Error(fmt::format("linear: weight {} needs a bias of {} elements, got {}", weight.shape(),
                            outputs, bias.shape()));
  if (bias.defined()) check_same_dtype("linear", x.dtype(), bias.dtype());
  const Shape shape = x.shape().with(-1, outputs);
  // The product is added to the bias. An array that has the shape already is no copy.
  const Array y = !bias.defined()         ? Array(shape, x.dtype())
                  : bias.shape() == shape ? bias.value().copy()
                                          : expand(bias.value(), shape);

  // All leading axes are rows of one product.
  const Index rows = x.shape().slice(0, x.rank() - 1).element_count();
  const Saved xs = x.value().reshape({rows, inputs_per_row}), ws = weight.value();
  add_product({xs, false}, {ws, true}, y.reshape({rows, outputs}), bias.defined() ? 1 : 0);
  std::vector<Tensor> operands{x, weight};
  const bool has_bias = bias.defined();
  if (has_bias) operands.push_back(bias);
  return make_op("linear", operands, y, [=](const Array& grad, InputGrads& inputs) {
    const Matrices dy(grad.reshape({rows, outputs}), false);
    if (inputs.needed(0)) add_product(dy, {ws, false}, inputs[0].reshape({rows, inputs_per_row}));
    if (inputs.needed(1)) add_product(dy.flipped(), {xs, false}, inputs[1]);
    if (has_bias && inputs.needed(2)) add_to(inputs[2], grad);
  });
}

}  // namespace scanline
