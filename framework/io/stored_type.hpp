#pragma once

#include <cstddef>
#include <string>

#include "scanline/framework/core/dtype.hpp"

namespace scanline::io {

/// An element type that a safetensors file may have. A type that arrays do not have is read as one
/// that can represent all its values.
struct StoredType {
  /// The name of the type in the file, such as "F16".
  const char* code;
  /// Bytes of an element in the file.
  Index bytes;
  /// The type of the elements in an Array.
  DType dtype;
  /// Converts `count` elements, of any alignment; null where they are the same.
  void (*convert)(const std::byte* from, Index count, std::byte* to);
};

/// The type of that code; null if it is unknown.
const StoredType* find_stored_type(const std::string& code);

/// All codes, as a message lists them.
std::string stored_type_codes();

}  // namespace scanline::io
