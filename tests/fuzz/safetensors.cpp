// Files of tensors.
#include "scanline/framework/io/safetensors.hpp"

#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return scanline::test::fuzz_file(bytes, size,
                                   [](const auto& file) { scanline::io::read_safetensors(file); });
}
