#pragma once

#include <map>
#include <string>

#include "scanline/framework/core/fields.hpp"

namespace scanline::train {

/// The value of an option, and where it was found.
struct Setting {
  /// The kind of place where the value was found.
  enum class Origin {
    base,      ///< The default recipe, whose values the chosen rows of registries replace.
    recipe,    ///< Another recipe, or a row of a registry.
    config,    ///< A configuration.
    argument,  ///< The command line.
    detected,  ///< The files of a dataset.
  };

  std::string text;                ///< The value.
  std::string where;               ///< The place in errors: "--lr", "config.toml: lr"
  Origin origin = Origin::recipe;  ///< The kind of place.
};

/// The values that were found for the options of a run, by name.
using FoundSettings = std::map<std::string, Setting>;

/// Sets an option. @throws Error that names the place of the setting for a value that is refused:
/// a UsageError if it is an argument.
void read(const Field& field, const Setting& setting);

}  // namespace scanline::train
