// The options of a run in TOML.
#include "scanline/train/config.hpp"

#include "scanline/train/run_options.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return scanline::test::fuzz_file(bytes, size, [](const auto& file) {
    using namespace scanline::train;
    static const Catalogue catalogue = built_in();
    static const PossibleOptions possible(catalogue);
    to_config(RunOptions(catalogue, read_config(file, possible.fields())).fields());
  });
}
