#pragma once

#include <map>
#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/fields.hpp"
#include "scanline/train/setting.hpp"

namespace scanline::train {

/// Wrong usage of the command line. The program ends with status 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// The values on the command line by the names of their options. The values of one option are in
/// the order of the command line.
using Arguments = std::map<std::string, std::vector<std::string>>;

/// The arguments as settings of a run. The later value of an option that is given twice counts.
/// @throws UsageError for an empty value.
FoundSettings found_settings(const Arguments& arguments);

/// A subcommand such as `scanline train`.
class Command {
 public:
  virtual ~Command() = default;
  /// Declares options and arguments, at their defaults.
  virtual void declare(Fields& fields) = 0;
  /// Reads the arguments. `fields` are those that it declared. If an option is given twice, the
  /// later value counts, so that scripts can append to a command.
  /// @throws UsageError for a value that is refused. By default nothing else is checked.
  virtual void read(const Fields& fields, const Arguments& arguments);
  /// The values that `--help` shows as defaults, by name, after `read`: those of `fields`, which it
  /// declared, unless other options depend on what was read.
  virtual Settings values(const Fields& fields) const;
  /// Whether all processes run the command if mpirun starts several; otherwise the first one does.
  virtual bool runs_on_all_ranks() const { return false; }
  /// Runs the command and returns the exit status. @throws Error when it fails.
  virtual int run() = 0;
};

}  // namespace scanline::train
