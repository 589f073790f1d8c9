#include "datasets/jpeg.hpp"

#include <algorithm>
#include <cstddef>

namespace scanline::datasets {

bool has_sound_huffman_tables(std::string_view jpeg) {
  // Beyond the end all is 0.
  const auto byte = [&](std::size_t at) -> std::size_t {
    return at < jpeg.size() ? static_cast<unsigned char>(jpeg[at]) : 0;
  };
  std::size_t at = 0;
  while (at + 1 < jpeg.size()) {
    // Between markers is the compressed image, whose bytes of 255 a 0 follows.
    const std::size_t marker = byte(at + 1);
    if (byte(at) != 0xff || marker == 0xff) {
      ++at;
      continue;
    }
    at += 2;
    if (marker == 0xd9) return true;  // the end, behind which cameras put other files
    if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue;  // markers alone
    const std::size_t end = at + std::max<std::size_t>(byte(at) << 8 | byte(at + 1), 2);
    if (marker == 0xc4)
      for (std::size_t table = at + 2; table < end;) {
        std::size_t codes = 0;
        for (std::size_t length = 1; length <= 16; ++length) codes += byte(table + length);
        if (codes > 256) return false;
        table += 17 + codes;
      }
    at = end;
  }
  return true;
}

}  // namespace scanline::datasets
