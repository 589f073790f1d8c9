#include "scanline/framework/ops/create.hpp"

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/core/random.hpp"

namespace scanline {
namespace {

/// A tensor whose elements are what `draw` returns, one after the other, given a random stream.
template <class Draw>
Tensor random_tensor(const char* op, Shape shape, DType dtype, bool requires_grad, Draw draw) {
  const Array result(shape, dtype);
  Random random = next_default_random();
  dispatch(op, dtype, [&]<class T>(T) {
    T* elements = result.data<T>();
    for (Index i = 0; i < result.size(); ++i) elements[i] = static_cast<T>(draw(random));
  });
  return Tensor(result, requires_grad);
}

}  // namespace

Tensor zeros(Shape shape, DType dtype, bool requires_grad) {
  return Tensor(Array::zeros(shape, dtype), requires_grad);
}

Tensor ones(Shape shape, DType dtype, bool requires_grad) {
  return full(shape, 1, dtype, requires_grad);
}

Tensor full(Shape shape, double value, DType dtype, bool requires_grad) {
  return Tensor(Array::full(shape, value, dtype), requires_grad);
}

Tensor zeros_like(const Tensor& x) {
  check_defined("zeros_like", x);
  return zeros(x.shape(), x.dtype());
}

Tensor ones_like(const Tensor& x) {
  check_defined("ones_like", x);
  return ones(x.shape(), x.dtype());
}

Tensor rand(Shape shape, DType dtype, bool requires_grad) {
  return random_tensor("rand", shape, dtype, requires_grad,
                       [](Random& random) { return random.uniform(); });
}

Tensor randn(Shape shape, DType dtype, bool requires_grad) {
  return random_tensor("randn", shape, dtype, requires_grad,
                       [](Random& random) { return random.normal(); });
}

Shape NestedList::shape() const {
  if (!is_list_) return {};
  Shape result{static_cast<Index>(items_.size())};
  if (items_.empty()) return result;
  const Shape first = items_.front().shape();
  for (const NestedList& item : items_)
    if (const Shape shape = item.shape(); shape != first)
      throw Error(
          fmt::format("tensor: lists in one list need one shape, got {} and {}", first, shape));
  for (const Index extent : first) result.push_back(extent);
  return result;
}

void NestedList::flatten(std::vector<double>& to) const {
  if (!is_list_) to.push_back(value_);
  for (const NestedList& item : items_) item.flatten(to);
}

Tensor tensor(const NestedList& elements, DType dtype, bool requires_grad) {
  const Shape shape = elements.shape();
  std::vector<double> values;
  elements.flatten(values);
  return Tensor(Array::from(values, shape).to(dtype), requires_grad);
}

}  // namespace scanline
