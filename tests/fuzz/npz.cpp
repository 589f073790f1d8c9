// NPZ files, of which the second part is read as one without labels may be.
#include "scanline/datasets/npz.hpp"

#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using scanline::datasets::Part;
  for (const Part part : {Part::train, Part::test})
    scanline::test::fuzz_file(
        bytes, size,
        [&](const auto& file) { scanline::datasets::Npz({.directory = file}, {}).load(part); },
        "file.npz");
  return 0;
}
