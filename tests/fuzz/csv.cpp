// CSV files with and without a header, and the size and the label's column that options give.
#include "scanline/datasets/csv.hpp"

#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace scanline::datasets;
  for (const bool has_options : {false, true})
    scanline::test::fuzz_file(
        bytes, size,
        [&](const auto& file) {
          Request request{.directory = file};
          if (has_options) request.image_size = {1, 2};
          Csv(request, {.label_column = has_options ? "last" : ""}).load(Part::train);
        },
        "file.csv");
  return 0;
}
