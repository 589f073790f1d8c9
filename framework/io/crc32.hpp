#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace scanline::io {

/// The CRC-32 of bytes that arrive piece by piece (zlib's, as in gzip and PNG).
class Crc32 {
 public:
  /// The checksum of no bytes.
  Crc32() = default;
  /// Continues from the checksum of earlier bytes.
  explicit Crc32(std::uint32_t value) : value_(value) {}

  /// Adds further bytes.
  void add(std::string_view bytes);
  /// The checksum of all bytes.
  std::uint32_t value() const { return value_; }
  /// The checksum as eight hexadecimal digits.
  std::string text() const;

 private:
  std::uint32_t value_ = 0;
};

}  // namespace scanline::io
