// Pictures in colours and in grey, and their preparation.
#include "scanline/datasets/preparation.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace scanline::datasets;
  return scanline::test::fuzz_file(bytes, size, [](const auto& file) {
    read_colour_image(file);
    const Image picture = read_image(file);
    prepare(picture, {}, file.string());
    prepare(picture, {.kind = PreparationKind::digit}, file.string());
  });
}
