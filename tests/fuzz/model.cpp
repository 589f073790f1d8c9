// Models, whose architecture is in the metadata or read off the tensors.
#include "scanline/predict/model_file.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return scanline::test::fuzz_file(bytes, size, [](const auto& file) {
    scanline::load_model(file, scanline::models::built_in());
  });
}
