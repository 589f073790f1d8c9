#pragma once

#include <cmath>
#include <vector>

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/core/array.hpp"
#include "scanline/framework/core/random.hpp"

// Small arrays for the tests of the framework.
namespace scanline::test {

/// An array with these elements; float64 unless T says otherwise.
template <class T = double>
Array array(const std::vector<T>& elements, const Shape& shape) {
  return Array::from(elements, shape);
}
template <class T = double>
Array array(const std::vector<T>& elements) {
  return array(elements, {static_cast<Index>(elements.size())});
}
inline Array indices(const std::vector<std::int64_t>& elements) { return array(elements); }
inline Array indices(const std::vector<std::int64_t>& elements, const Shape& shape) {
  return array(elements, shape);
}

/// Uniform in [low, high), the same for the same `item`.
inline Array random_array(const Shape& shape, std::uint32_t item = 0, double low = -1,
                          double high = 1, DType dtype = DType::float64) {
  const Array result(shape, DType::float64);
  Random random(2024, Purpose::user, 0, item);
  for (Index i = 0; i < result.size(); ++i) result.data<double>()[i] = random.uniform(low, high);
  return result.to(dtype);
}

/// A leaf that requires a gradient.
inline Tensor leaf(const Array& value) { return Tensor(value, /*requires_grad=*/true); }
inline Tensor random_leaf(const Shape& shape, std::uint32_t item = 0, double low = -1,
                          double high = 1) {
  return leaf(random_array(shape, item, low, high));
}

inline std::vector<double> values(const Array& array) {
  std::vector<double> result;
  for (Index i = 0; i < array.size(); ++i) result.push_back(array.at(i));
  return result;
}
inline std::vector<double> values(const Tensor& tensor) { return values(tensor.value()); }

/// The largest difference between elements; infinite where the shapes differ or one is not a
/// number.
inline double distance(const Array& a, const Array& b) {
  if (a.shape() != b.shape()) return INFINITY;
  double largest = 0;
  for (Index i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a.at(i) - b.at(i));
    if (!(difference <= largest)) largest = std::isnan(difference) ? INFINITY : difference;
  }
  return largest;
}

}  // namespace scanline::test
