#include "scanline/framework/io/crc32.hpp"

#include <fmt/format.h>
#include <zlib.h>

namespace scanline::io {

void Crc32::add(std::string_view bytes) {
  value_ = static_cast<std::uint32_t>(
      crc32_z(value_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string Crc32::text() const { return fmt::format("{:08x}", value_); }

}  // namespace scanline::io
