#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "scanline/framework/core/random.hpp"

namespace scanline::test {

/// Writes an IDX file of unsigned bytes.
inline void write_idx(const std::filesystem::path& file, const std::vector<std::uint32_t>& extents,
                      const std::vector<std::uint8_t>& values) {
  std::ofstream out(file, std::ios::binary);
  const auto put = [&](std::uint32_t word) {
    for (int shift = 24; shift >= 0; shift -= 8) out.put(static_cast<char>(word >> shift & 0xff));
  };
  put(0x0800 | static_cast<std::uint32_t>(extents.size()));
  for (const std::uint32_t extent : extents) put(extent);
  out.write(reinterpret_cast<const char*>(values.data()),
            static_cast<std::streamsize>(values.size()));
}

/// Writes the four files of a dataset in MNIST's format that a small network learns in seconds: an
/// image of class c has a bright band of rows and one of columns whose places depend on c, and
/// noise.
inline void write_tiny_mnist(const std::filesystem::path& directory,
                             std::uint32_t train_count = 400, std::uint32_t test_count = 100) {
  const auto write_part = [&](const std::string& prefix, std::uint32_t count, std::uint64_t seed) {
    Random random(seed, Purpose::augment);
    std::vector<std::uint8_t> pixels, labels;
    for (std::uint32_t n = 0; n < count; ++n) {
      const std::uint32_t label = n % 10;
      labels.push_back(static_cast<std::uint8_t>(label));
      for (std::uint32_t row = 0; row < 28; ++row)
        for (std::uint32_t column = 0; column < 28; ++column) {
          const bool bright = row / 5 == label % 5 || column / 14 == label / 5;
          pixels.push_back(static_cast<std::uint8_t>((bright ? 155 : 0) + random.below(100)));
        }
    }
    write_idx(directory / (prefix + "-images-idx3-ubyte"), {count, 28, 28}, pixels);
    write_idx(directory / (prefix + "-labels-idx1-ubyte"), {count}, labels);
  };
  write_part("train", train_count, 1);
  write_part("t10k", test_count, 2);
}

}  // namespace scanline::test
