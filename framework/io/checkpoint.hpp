#pragma once

#include <filesystem>

#include "scanline/framework/io/safetensors.hpp"

namespace scanline::io {

/// Writes a checkpoint, all or nothing: a safetensors file whose metadata also hold the CRC-32 of
/// everything in it, as `crc32`, so that damage to any byte is noticed.
/// @throws Error as `write_safetensors` does.
void write_checkpoint(const std::filesystem::path& file, Safetensors content);

/// Reads it back. @throws Error when it is no such file, or its content is not what was written.
Safetensors read_checkpoint(const std::filesystem::path& file);

/// Reads any safetensors file. If its metadata hold a `crc32`, as those of a checkpoint do, its
/// content has to be what was written; the result does not contain the `crc32`.
/// @throws Error as `read_safetensors` does, and when the content has changed.
Safetensors read_verified(const std::filesystem::path& file);

}  // namespace scanline::io
