// IDX files, raw and gzipped.
#include "scanline/datasets/idx.hpp"

#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  for (const scanline::Index rank : {1, 3})
    scanline::test::fuzz_file(bytes, size,
                              [&](const auto& file) { scanline::datasets::read_idx(file, rank); });
  scanline::test::fuzz_file(bytes, size,
                            [](const auto& file) { scanline::datasets::read_idx_labels(file); });
  return 0;
}
