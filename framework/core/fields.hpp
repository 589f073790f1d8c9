#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// Values of options by name, as text: "hidden-size" -> "128". Equal values have equal text.
using Settings = std::map<std::string, std::string>;

/// The largest value of options that count, such as epochs: larger than any that is of use.
inline constexpr Index largest_count = 1'000'000'000;

/// The values that a number may have: `low` to `high`, or above `low` if `low` is excluded.
template <class Number>
struct Range {
  Number low;                 ///< The smallest value.
  Number high;                ///< The largest value.
  bool low_excluded = false;  ///< Whether `low` itself is refused.
};

/// An option, as its owner declares it once. The command line, `--help`, config.toml, checkpoints,
/// model files, `info` and the report are loops over fields.
struct Field {
  /// The type of a value in a configuration file.
  enum class Kind { flag, integer, real, text };

  std::string name;                  ///< "hidden-size"
  Kind kind = Kind::text;            ///< The type of its value.
  std::string help;                  ///< One line, for `--help`.
  std::string group;                 ///< Heading in `--help`; empty for none.
  std::vector<std::string> choices;  ///< The values that a text may have; empty: any.
  std::string placeholder;           ///< What `--help` shows for the value, such as "N".
  bool is_positional = false;        ///< Whether it is an argument without a name.
  bool is_list = false;              ///< Whether each `read` adds a value.
  bool is_optional = false;          ///< Whether there may be no value, as for an empty text.
  bool is_stored = true;             ///< Whether it is part of a configuration.
  bool may_change = false;           ///< Whether a run can be resumed with another value.

  /// The value.
  std::function<std::string()> text;
  /// Sets the value. @throws Error that says what was expected and what was found.
  std::function<void(const std::string& text)> read;

  /// Whether there is a value: an optional number may have none.
  bool has_value() const;
  /// The option has to fulfil another condition too: after a value is read, `check` throws an Error
  /// where it is refused.
  Field& checked(std::function<void()> check);
  /// The option is given for one call of a command: no configuration holds it.
  Field& not_stored();
  /// A run can be resumed with another value.
  Field& changeable();
};

/// The options that a component declares. Fields refer to the members of an options struct, which
/// has to stay where it is while they are used:
///
///     struct Options {
///       Index heads = 4;
///       void declare(Fields& fields) {
///         fields.add("heads", heads, {1, 64}, "Attention heads");
///       }
///     };
class Fields {
 public:
  /// Fields that are declared from now on are listed under this heading.
  void begin_group(const std::string& heading) { group_ = heading; }

  /// Declares a whole number, which is written in decimal digits. As for all options, its present
  /// value is the default, and the reference stays valid.
  /// @throws Error when the name is declared already.
  Field& add(const std::string& name, Index& value, Range<Index> range, const std::string& help);
  /// Declares a whole number. @throws Error when the name is declared already.
  Field& add(const std::string& name, int& value, Range<int> range, const std::string& help);
  /// Declares a whole number. @throws Error when the name is declared already.
  Field& add(const std::string& name, std::uint64_t& value, Range<std::uint64_t> range,
             const std::string& help);
  /// Declares a number that need not be given. @throws Error when the name is declared already.
  Field& add(const std::string& name, std::optional<double>& value, Range<double> range,
             const std::string& help);
  /// Declares a number. @throws Error when the name is declared already.
  Field& add(const std::string& name, double& value, Range<double> range, const std::string& help);
  /// Declares a flag. @throws Error when the name is declared already.
  Field& add(const std::string& name, bool& value, const std::string& help);
  /// Declares a text, such as a path. @throws Error when the name is declared already.
  Field& add(const std::string& name, std::string& value, const std::string& help);
  /// Declares a text that is one of `choices`. @throws Error when the name is declared already.
  Field& add(const std::string& name, std::string& value, std::vector<std::string> choices,
             const std::string& help);
  /// An argument without a name. @throws Error when the name is declared already.
  Field& add_positional(const std::string& name, std::string& value, const std::string& help);
  /// One or more arguments without a name. @throws Error when the name is declared already.
  Field& add_positional(const std::string& name, std::vector<std::string>& values,
                        const std::string& help);

  /// Adds a copy of a field under the present heading, or its own where there is none yet.
  /// @throws Error when the name is declared.
  void append(const Field& field);
  /// Adds the fields of another owner, as `append` does. Where both declare a name, they share the
  /// option: this owner's present value becomes the other's, and `read` sets both.
  /// @throws Error when the other one cannot have that value.
  void merge(const Fields& other);

  /// The field of that name; none where there is none.
  const Field* find(const std::string& name) const;
  /// Sets these options. @throws Error that names the option, for a name that is not declared or a
  ///   value that is refused.
  void read(const Settings& values) const;
  /// The values of all fields that a configuration holds, but for those that have none.
  Settings settings() const;

  /// The first field, in the order of declaration.
  auto begin() const { return fields_.begin(); }
  /// The end of the fields.
  auto end() const { return fields_.end(); }

 private:
  Field& add(const std::string& name, Field::Kind kind, const std::string& help);
  std::vector<std::string> names() const;

  std::deque<Field> fields_;  // which does not move them
  std::string group_;
};

}  // namespace scanline
