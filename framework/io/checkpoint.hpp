#pragma once

#include <filesystem>

#include "framework/io/safetensors.hpp"

namespace scanline::io {

/// Writes a checkpoint, all or nothing: a safetensors file whose metadata also hold the CRC-32 of
/// everything in it, as `crc32`, so that damage to any byte is noticed.
/// @throws Error as `write_safetensors` does.
void write_checkpoint(const std::filesystem::path& file, Safetensors content);

/// Reads it back. @throws Error when it is no such file, or its content is not what was written.
Safetensors read_checkpoint(const std::filesystem::path& file);

}  // namespace scanline::io
