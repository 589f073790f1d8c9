// Models in ONNX files.
#include "scanline/predict/model_file.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return scanline::test::fuzz_file(
      bytes, size,
      [](const auto& file) { scanline::load_model(file, scanline::models::built_in()); },
      "model.onnx");
}
