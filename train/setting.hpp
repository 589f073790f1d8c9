#pragma once

#include <map>
#include <string>

namespace scanline::train {

/// The value of an option, and where it was found.
struct Setting {
  /// Who gave the value.
  enum class Origin { recipe, config, argument };

  std::string text;   ///< The value.
  std::string where;  ///< What an error about it begins with: "--lr", "config.toml: lr"
  Origin origin = Origin::recipe;  ///< Who gave it.
};

/// What was found of the options of a run, by name.
using FoundSettings = std::map<std::string, Setting>;

}  // namespace scanline::train
