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
/// shape and place, and the tensors' bytes. Everything the header says is checked against the size
/// of the file before memory is asked for.
///
/// F32, F64 and I64 are read as they are. The types that arrays do not have become those that hold
/// all their values: F16 and BF16 become float32, and I32, I16, I8, U32, U16, U8 and BOOL become
/// int64, so that the arrays take up to eight times the bytes of the file.
/// @throws Error that names the file, what was expected and what was found.
Safetensors read_safetensors(const std::filesystem::path& file);

/// Writes such a file, all or nothing. The same content gives the same bytes: tensors are sorted by
/// the size of their elements, the largest first, then by name, and the header is padded with
/// spaces to a multiple of 8.
/// @throws Error when the file cannot be written, or the content not be expressed (a name that is
///   not UTF-8 or is taken by the format, an undefined array); what had its name before is then
///   intact.
void write_safetensors(const std::filesystem::path& file, const Safetensors& content);

}  // namespace scanline::io
