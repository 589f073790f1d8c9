#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/core/named_arrays.hpp"

namespace scanline {

/// Saves state to a checkpoint or loads it from one. A class names each of its values once, in a
/// function that both saves and loads:
///
///     void state(Archive& archive) {
///       archive.value("stopping.best", best_);
///       archive.value("stopping.bad_epochs", bad_epochs_);
///     }
///
/// The names of all owners are in one list, so begin each with the name of its owner.
class Archive {
 public:
  /// An empty archive. `value` and `arrays` save to it.
  Archive() = default;
  /// A saved archive. `value` and `arrays` load from it. It may hold more than they load.
  Archive(Settings values, NamedArrays arrays);

  /// Whether values are loaded.
  bool is_loading() const { return is_loading_; }

  /// Saves or loads a whole number within `range`.
  /// @throws Error when the name is saved already, or when the value to load is missing, is not a
  ///   number, or is out of range.
  void value(const std::string& name, Index& value,
             Range<Index> range = {0, std::numeric_limits<Index>::max()});
  /// Saves or loads a whole number, such as the seed of random numbers. @throws Error as above.
  void value(const std::string& name, std::uint64_t& value);
  /// Saves or loads a number to its last bit, also one that is infinite or not a number.
  /// @throws Error as above.
  void value(const std::string& name, double& value);
  /// Saves arrays under names that begin with `prefix`, or loads all of these. The arrays share
  /// their elements with the archive. @throws Error when a name is saved already.
  void arrays(const std::string& prefix, NamedArrays& values);
  /// Saves or loads an object with a state_dict: a module, an optimizer or averaged weights.
  /// @throws Error as `load_state_dict` does, or when a name is saved already.
  template <class Owner>
  void state_dict(const std::string& prefix, Owner& owner) {
    NamedArrays values;
    if (!is_loading()) values = owner.state_dict();
    arrays(prefix, values);
    if (is_loading()) owner.load_state_dict(values);
  }

  /// All values, as text.
  const Settings& values() const { return values_; }
  /// All arrays.
  const NamedArrays& arrays() const { return arrays_; }

 private:
  template <class Number>
  void number(const std::string& name, Number& value, Number low, Number high);

  bool is_loading_ = false;
  Settings values_;
  NamedArrays arrays_;
};

}  // namespace scanline
