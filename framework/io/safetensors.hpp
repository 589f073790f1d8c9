#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "scanline/framework/core/named_arrays.hpp"

namespace scanline::io {

/// The content of a safetensors file: arrays by name, and free text by key.
struct Safetensors {
  /// The arrays.
  NamedArrays tensors;
  /// The free text; may be empty.
  std::map<std::string, std::string> metadata;
};

/// Reads a file in the safetensors format (https://github.com/huggingface/safetensors): the length
/// N of the header as a little-endian 64-bit number, N bytes of JSON that give each tensor's type,
/// shape and position, and the tensors' bytes. The whole header is checked against the size of the
/// file before memory is allocated.
///
/// F32, F64 and I64 are read as they are. Types that arrays do not have are converted to types that
/// can represent all their values: F16 and BF16 become float32, and I32, I16, I8, U32, U16, U8 and
/// BOOL become int64. The arrays may therefore take up to eight times the bytes of the file.
/// @throws Error that names the file, what was expected and what was found.
Safetensors read_safetensors(const std::filesystem::path& file);

/// Writes a safetensors file atomically. The same content gives the same bytes: tensors are sorted
/// by the size of their elements, the largest first, then by name, and the header is padded with
/// spaces to a multiple of 8.
/// @throws Error when the file cannot be written, or the format cannot represent the content (a
/// name
///   that is not UTF-8 or is reserved by the format, an undefined array). A former file of that
///   name is then intact.
void write_safetensors(const std::filesystem::path& file, const Safetensors& content);

}  // namespace scanline::io
