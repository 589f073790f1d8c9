#pragma once

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

// Elementwise ops. Two tensors broadcast as NumPy's arrays do: aligned at the last axis, an extent
// of 1 stretches; the gradient of a stretched operand is the sum over its copies. All of them throw
// Error, naming the op, when shapes do not broadcast or element types differ.

/// a + b.
Tensor add(const Tensor& a, const Tensor& b);
/// The constant added to each element.
Tensor add(const Tensor& x, double constant);
/// a - b.
Tensor subtract(const Tensor& a, const Tensor& b);
/// Each element minus the constant.
Tensor subtract(const Tensor& x, double constant);
/// The constant minus each element.
Tensor subtract(double constant, const Tensor& x);
/// The elementwise product (`matmul` is the matrix product).
Tensor multiply(const Tensor& a, const Tensor& b);
/// Each element times the factor.
Tensor multiply(const Tensor& x, double factor);
/// a / b. Division by 0 gives an infinity, and 0 / 0 gives NaN.
Tensor divide(const Tensor& a, const Tensor& b);
/// Each element divided by the divisor, which is rounded to the element type first.
Tensor divide(const Tensor& x, double divisor);
/// The dividend, rounded to the element type first, divided by each element.
Tensor divide(double dividend, const Tensor& x);
/// -x.
Tensor negate(const Tensor& x);

/// @{
/// The functions above as operators.
inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator+(const Tensor& x, double constant) { return add(x, constant); }
inline Tensor operator+(double constant, const Tensor& x) { return add(x, constant); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator-(const Tensor& x, double constant) { return subtract(x, constant); }
inline Tensor operator-(double constant, const Tensor& x) { return subtract(constant, x); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return multiply(a, b); }
inline Tensor operator*(const Tensor& x, double factor) { return multiply(x, factor); }
inline Tensor operator*(double factor, const Tensor& x) { return multiply(x, factor); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return divide(a, b); }
inline Tensor operator/(const Tensor& x, double divisor) { return divide(x, divisor); }
inline Tensor operator/(double dividend, const Tensor& x) { return divide(dividend, x); }
inline Tensor operator-(const Tensor& x) { return negate(x); }
/// @}

/// x to the power of a constant.
Tensor power(const Tensor& x, double exponent);
/// base to the power of exponent; NaN where the result is not real. The gradient of the exponent is
/// 0 where the base is 0.
Tensor power(const Tensor& base, const Tensor& exponent);
/// e to the power of x.
Tensor exp(const Tensor& x);
/// The natural logarithm.
Tensor log(const Tensor& x);
/// The square root; NaN for negative numbers.
Tensor sqrt(const Tensor& x);
/// The absolute value; its gradient at 0 is 0.
Tensor abs(const Tensor& x);
/// x limited to [low, high]. The gradient is 1 within these bounds, bounds included, and 0 outside.
Tensor clamp(const Tensor& x, double low, double high);
/// a where `condition` (int64) is not 0, b elsewhere; all three broadcast.
Tensor where(const Array& condition, const Tensor& a, const Tensor& b);

}  // namespace scanline
