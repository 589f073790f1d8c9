#pragma once

#include <filesystem>

#include "scanline/framework/io/safetensors.hpp"

namespace scanline::io {

/// Writes a checkpoint atomically: a safetensors file whose metadata also hold the CRC-32 of
/// everything in it, as `crc32`, so that damage to any byte is noticed.
/// @throws Error as `write_safetensors` does.
void write_checkpoint(const std::filesystem::path& file, Safetensors content);

/// Reads a checkpoint. @throws Error when the file is not a checkpoint, or its content has changed.
Safetensors read_checkpoint(const std::filesystem::path& file);

/// Reads any safetensors file. If its metadata have a `crc32`, as those of a checkpoint do, the
/// content is checked against it. The result does not contain the `crc32`.
/// @throws Error as `read_safetensors` does, and when the content has changed.
Safetensors read_verified(const std::filesystem::path& file);

}  // namespace scanline::io
