#pragma once

#include <initializer_list>
#include <type_traits>
#include <vector>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

// Functions that make tensors from a shape or a list of numbers. All of these tensors are leaves,
// and they have gradients if `requires_grad` is true.

/// All elements 0.
Tensor zeros(Shape shape, DType dtype = DType::float32, bool requires_grad = false);
/// All elements 1.
Tensor ones(Shape shape, DType dtype = DType::float32, bool requires_grad = false);
/// All elements `value`, converted to the element type.
Tensor full(Shape shape, double value, DType dtype = DType::float32, bool requires_grad = false);
/// Zeros of the shape and element type of x.
Tensor zeros_like(const Tensor& x);
/// Ones of the shape and element type of x.
Tensor ones_like(const Tensor& x);
/// Uniform in [0, 1), multiples of 2^-24. Draws from the default random stream.
/// @throws Error for whole numbers.
Tensor rand(Shape shape, DType dtype = DType::float32, bool requires_grad = false);
/// Standard normal. Draws from the default random stream. @throws Error for whole numbers.
Tensor randn(Shape shape, DType dtype = DType::float32, bool requires_grad = false);

/// A number, a list of numbers, or a list of lists, as in nested braces.
class NestedList {
 public:
  /// A number.
  template <class Number, class = std::enable_if_t<std::is_arithmetic_v<Number>>>
  NestedList(Number value) : value_(static_cast<double>(value)) {}
  /// A list.
  NestedList(std::initializer_list<NestedList> items) : is_list_(true), items_(items) {}

  /// The number of items at each level. @throws Error when lists of one level differ in length.
  Shape shape() const;
  /// Appends all numbers, from the first to the last.
  void flatten(std::vector<double>& to) const;

 private:
  double value_ = 0;
  bool is_list_ = false;
  std::vector<NestedList> items_;
};

/// A tensor of the given elements: `tensor({1, 2, 3})` has shape (3,), `tensor({{1, 2, 3}, {4, 5,
/// 6}})` has shape (2, 3), and `tensor(1)` is a scalar. `Tensor(Array::from(values, shape))` makes
/// a tensor of the elements of a vector.
/// @throws Error when lists of one level differ in length, or are nested deeper than a shape.
Tensor tensor(const NestedList& elements, DType dtype = DType::float32, bool requires_grad = false);

}  // namespace scanline
