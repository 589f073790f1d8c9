#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace scanline::train {

/// Lays out `--help` for a terminal of 80 columns: an option and the kind of its value, and beside
/// it the description, the values to choose from and the default, wrapped between words.
class HelpFormatter : public CLI::Formatter {
 public:
  /// The lines for one option.
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  /// The lines for one subcommand.
  std::string make_subcommand(const CLI::App* subcommand) const override;
};

}  // namespace scanline::train
