#pragma once

#include <cstdint>
#include <type_traits>

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// The element type of an array, known at run time: float32 for training, float64 for gradient
/// checks, int64 for class labels and token numbers.
enum class DType : std::uint8_t { float32, float64, int64 };

/// "float32", "float64" or "int64".
const char* name(DType dtype);

/// Bytes of one element.
Index size_of(DType dtype);

/// The run-time name of a C++ element type.
template <class T>
constexpr DType dtype_of() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> ||
                std::is_same_v<T, std::int64_t>);
  if constexpr (std::is_same_v<T, float>) return DType::float32;
  if constexpr (std::is_same_v<T, double>) return DType::float64;
  return DType::int64;
}

/// @throws Error that names `op` and the found type.
[[noreturn]] void fail_not_floating(const char* op, DType dtype);
/// @throws Error, naming `op` and the type, unless it is float32 or float64.
void check_floating(const char* op, DType dtype);
/// @throws Error, naming `op` and both types, unless they are the same.
void check_same_dtype(const char* op, DType a, DType b);

/// Calls `body` with a zero of the C++ type that `dtype` stands for, so that one lambda serves both
/// floating-point types:
///
///     dispatch("square", x.dtype(), [&]<class T>(T) {
///       ...  // x.data<T>()
///     });
///
/// @throws Error, naming `op`, when `dtype` is not a floating-point type.
template <class Body>
void dispatch(const char* op, DType dtype, Body&& body) {
  switch (dtype) {
    case DType::float32: body(float{}); return;
    case DType::float64: body(double{}); return;
    case DType::int64: break;
  }
  fail_not_floating(op, dtype);
}

}  // namespace scanline
