#include "scanline/framework/core/dtype.hpp"

#include <fmt/format.h>

#include "scanline/framework/core/error.hpp"

namespace scanline {

const char* name(DType dtype) {
  switch (dtype) {
    case DType::float32: return "float32";
    case DType::float64: return "float64";
    case DType::int64: return "int64";
  }
  return "unknown";
}

Index size_of(DType dtype) { return dtype == DType::float32 ? 4 : 8; }

void fail_not_floating(const char* op, DType dtype) {
  throw Error(fmt::format("{}: needs float32 or float64 elements, got {}", op, name(dtype)));
}

void check_floating(const char* op, DType dtype) {
  if (dtype == DType::int64) fail_not_floating(op, dtype);
}

void check_same_dtype(const char* op, DType a, DType b) {
  if (a != b) throw Error(fmt::format("{}: element types {} and {} differ", op, name(a), name(b)));
}

}  // namespace scanline
