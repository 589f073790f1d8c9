#include "scanline/datasets/detail/jpeg.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace scanline::datasets {
namespace {

/// A byte of a file; beyond the end all is 0.
std::size_t byte_at(std::string_view file, std::size_t position) {
  return position < file.size() ? static_cast<unsigned char>(file[position]) : 0;
}

}  // namespace

bool has_sound_huffman_tables(std::string_view jpeg) {
  const auto byte = [&](std::size_t at) { return byte_at(jpeg, at); };
  // Which of the four tables of each class, 0 for DC and 1 for AC, have been defined.
  std::array<std::array<bool, 4>, 2> defined{};
  bool is_progressive = false;
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
    if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue;  // no segment
    const std::size_t end = at + std::max<std::size_t>(byte(at) << 8 | byte(at + 1), 2);
    if (marker == 0xc4)
      for (std::size_t table = at + 2; table < end;) {
        std::size_t codes = 0;
        for (std::size_t length = 1; length <= 16; ++length) codes += byte(table + length);
        if (codes > 256) return false;
        const std::size_t name = byte(table);
        if (name >> 4 < 2 && (name & 15) < 4) defined[name >> 4][name & 15] = true;
        table += 17 + codes;
      }
    if (marker == 0xc2) is_progressive = true;
    if (marker == 0xda) {
      std::size_t components = byte(at + 2);
      const std::size_t spectrum = at + 3 + 2 * components;
      // A progressive scan has one kind of coefficients, and one that refines those of frequency 0
      // needs no table.
      const bool is_dc = byte(spectrum) == 0, refines = byte(spectrum + 2) >> 4 != 0;
      if (is_progressive && is_dc && refines) components = 0;
      for (std::size_t i = 0; i < components; ++i) {
        const std::size_t names = byte(at + 4 + 2 * i), dc = names >> 4, ac = names & 15;
        if (dc > 3 || ac > 3) return false;
        if ((is_dc || !is_progressive) && !defined[0][dc]) return false;
        if (!(is_dc && is_progressive) && !defined[1][ac]) return false;
      }
    }
    at = end;
  }
  return true;
}

bool has_single_scan(std::string_view jpeg) {
  const auto byte = [&](std::size_t at) { return byte_at(jpeg, at); };
  std::size_t components = 0;  // of the frame
  for (std::size_t at = 2; byte(at) == 0xff;) {
    const std::size_t marker = byte(at + 1);
    if (marker == 0xff) {  // a byte that fills
      ++at;
      continue;
    }
    if (marker == 0xc0 || marker == 0xc1) components = byte(at + 9);  // sequential, Huffman
    if (marker == 0xda) return components > 0 && byte(at + 4) == components;
    at += 2 + std::max<std::size_t>(byte(at + 2) << 8 | byte(at + 3), 2);
  }
  return false;
}

}  // namespace scanline::datasets
