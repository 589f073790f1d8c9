// The options of a run in TOML.
#include "scanline/train/config.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "scanline/train/options.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return scanline::test::fuzz_file(bytes, size, [](const auto& file) {
    using namespace scanline;
    CLI::App command;
    train::TrainOptions options;
    train::add_train_options(command, options, models::built_in());
    std::vector<std::string> arguments = train::read_config(file, command);
    std::reverse(arguments.begin(), arguments.end());  // as the parser wants them
    try {
      command.parse(std::move(arguments));
    } catch (const CLI::ParseError&) {  // which the command line says in a line
    }
  });
}
