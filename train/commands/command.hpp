#pragma once

#include <map>
#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/fields.hpp"

namespace scanline::train {

/// Wrong usage of the command line. The program ends with status 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// The values that were given on the command line, by the names of their options: those of an
/// option in the order in which they were given.
using Arguments = std::map<std::string, std::vector<std::string>>;

/// A subcommand such as `scanline train`.
class Command {
 public:
  virtual ~Command() = default;
  /// Declares options and arguments, at their defaults.
  virtual void declare(Fields& fields) = 0;
  /// Takes the arguments; `fields` are those that it declared. Of an option that is given twice the
  /// later value counts, so that scripts can append to a command.
  /// @throws UsageError for a value that is refused; by default nothing else is checked.
  virtual void read(const Fields& fields, const Arguments& arguments);
  /// The values that `--help` shows as defaults, by name, after `read`: those of `fields`, which it
  /// declared, unless other options depend on what was read.
  virtual Settings values(const Fields& fields) const;
  /// Does it. Returns the exit status. @throws Error for whatever goes wrong.
  virtual int run() = 0;
};

}  // namespace scanline::train
