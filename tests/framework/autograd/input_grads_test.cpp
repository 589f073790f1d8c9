#include "scanline/framework/autograd/input_grads.hpp"

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::leaf;
using test::values;
using Values = std::vector<double>;

TEST_CASE("a gradient that is taken over belongs to nobody else") {
  const Tensor x = leaf(array({3, 5}));
  const auto identity = [](const Tensor& t) {
    return make_op("identity", {t}, t.value(),
                   [](const Array& grad, InputGrads& inputs) { inputs.take(0, grad); });
  };
  sum(identity(x) * 2.0 + identity(identity(x)) + x).backward();
  CHECK(values(x.grad()) == Values{4, 4});
}

TEST_CASE("inputs that require no gradient get none") {
  const Tensor x = leaf(array({3, 5})), constant(array({1, 2}));
  bool needed = true;
  const Tensor y =
      make_op("first", {x, constant}, x.value(), [&](const Array& grad, InputGrads& inputs) {
        needed = inputs.needed(1);
        inputs.add(1, {grad}, [](auto g) { return g; });
        inputs.take(1, grad);
        inputs.take(0, grad);
      });
  sum(y).backward();
  CHECK_FALSE(needed);
  CHECK(values(x.grad()) == Values{1, 1});
  CHECK_FALSE(constant.grad().defined());
}

TEST_CASE("a gradient that is written to counts as changed") {
  const Tensor x = leaf(array({3, 5}));
  sum(x).backward();
  const Array grad = x.grad();
  const std::uint64_t before = grad.version();
  sum(x).backward();
  CHECK(values(grad) == Values{2, 2});
  CHECK(grad.version() > before);
}
