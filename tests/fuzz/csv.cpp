// CSV files with and without a header, and the size and the label's column that options give.
#include "scanline/datasets/csv.hpp"

#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using scanline::datasets::Csv;
  for (const Csv::Options& options :
       {Csv::Options{}, Csv::Options{.label_column = "last", .image_size = "1x2"}})
    scanline::test::fuzz_file(
        bytes, size,
        [&](const auto& file) {
          Csv({.directory = file, .class_names = {}}, options)
              .load(scanline::datasets::Part::train);
        },
        "file.csv");
  return 0;
}
