// Models, whose architecture is in the metadata or read off the tensors.
#include "tests/fuzz/fuzz.hpp"
#include "train/model_file.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return scanline::test::fuzz_file(bytes, size, [](const auto& file) {
    scanline::train::load_model(file, scanline::models::built_in());
  });
}
