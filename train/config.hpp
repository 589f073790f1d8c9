#pragma once

#include <filesystem>
#include <string>

#include "scanline/framework/core/fields.hpp"
#include "scanline/train/setting.hpp"

namespace scanline::train {

/// The options in a TOML file; `declared` says which there are. Text that is not UTF-8 may be given
/// as an array of its bytes, as `to_config` writes it. A text may be empty where that is the
/// default.
/// @throws Error that names the file and what is wrong with it: it is not a regular file of at most
///   a megabyte, is not TOML, holds anything but a list of options, holds an unknown option, or
///   holds a value of another type than the option's.
FoundSettings read_config(const std::filesystem::path& file, const Fields& declared);

/// The same for a configuration that another program may have written: options that are not
/// declared are passed over. @throws Error as `read_config`, but for unknown options.
FoundSettings read_known_options(const std::filesystem::path& file, const Fields& declared);

/// All options in a configuration of any program, by name: values of every kind are read as text.
/// @throws Error as `read_config`, but for unknown options.
Settings read_all_options(const std::filesystem::path& file);

/// The values of all fields that a configuration holds as TOML, after a comment that names the
/// version. `read_config` reads back the same values, whatever bytes a text holds.
std::string to_config(const Fields& fields);

}  // namespace scanline::train
