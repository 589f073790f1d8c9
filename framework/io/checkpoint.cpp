#include "scanline/framework/io/checkpoint.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/io/crc32.hpp"

namespace scanline::io {
namespace {

constexpr const char* checksum_key = "crc32";

/// Of all names, texts and elements. Each is preceded by its length, so that nothing can move from
/// one to the next unnoticed.
std::string checksum(const Safetensors& content) {
  Crc32 crc;
  const auto add = [&](std::string_view bytes) {
    crc.add(fmt::format("{}:", bytes.size()));
    crc.add(bytes);
  };
  for (const auto& [key, text] : content.metadata) {
    add(key);
    add(text);
  }
  for (const auto& [name, array] : content.tensors) {
    add(name);
    add(fmt::format("{} {}", scanline::name(array.dtype()), to_string(array.shape())));
    add({reinterpret_cast<const char*>(array.raw()), static_cast<std::size_t>(array.bytes())});
  }
  return crc.text();
}

/// Checks the checksum in the metadata and removes it. Returns whether there is one.
bool verify(const std::filesystem::path& file, Safetensors& content) {
  const auto written = content.metadata.find(checksum_key);
  if (written == content.metadata.end()) return false;
  const std::string expected = written->second;
  content.metadata.erase(written);
  if (const std::string found = checksum(content); found != expected)
    throw Error(fmt::format("{}: is damaged: expected the checksum {}, found {}", file.string(),
                            printable(expected, longest_quote), found));
  return true;
}

}  // namespace

void write_checkpoint(const std::filesystem::path& file, Safetensors content) {
  content.metadata[checksum_key] = checksum(content);
  write_safetensors(file, content);
}

Safetensors read_checkpoint(const std::filesystem::path& file) {
  Safetensors content = read_safetensors(file);
  if (!verify(file, content))
    throw Error(fmt::format(
        "{}: expected a checkpoint, found a safetensors file without a checksum", file.string()));
  return content;
}

Safetensors read_verified(const std::filesystem::path& file) {
  Safetensors content = read_safetensors(file);
  verify(file, content);
  return content;
}

}  // namespace scanline::io
