// Pictures of digits.
#include "scanline/datasets/digit.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return scanline::test::fuzz_file(bytes, size,
                                   [](const auto& file) { scanline::datasets::read_digit(file); });
}
