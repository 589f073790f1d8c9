#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/core/suggest.hpp"

namespace scanline {

/// The components of one kind that a user can choose by name: a row for each. `Product` is what
/// they have in common; a row makes one out of `Inputs` and options of its own.
template <class Product, class... Inputs>
class Registry {
 public:
  /// A component that was chosen: its options, at their defaults until their fields are read.
  class Factory {
   public:
    virtual ~Factory() = default;
    /// Declares the options.
    virtual void declare(Fields& fields) = 0;
    /// Makes the component with the present values of the options. @throws Error for inputs or
    /// options that do not fit.
    virtual std::unique_ptr<Product> make(Inputs... inputs) const = 0;
  };

  /// A row.
  struct Entry {
    std::string name;                                       ///< By which it is chosen.
    std::string help;                                       ///< One line.
    std::function<std::unique_ptr<Factory>()> choose = {};  ///< With options at their defaults.
    /// Defaults of options that others declare, where this row is chosen. Those that the run does
    /// not have are passed over.
    Settings defaults = {};

    /// The same row with such defaults.
    Entry with(Settings values) const {
      Entry result = *this;
      result.defaults = std::move(values);
      return result;
    }
  };

  /// A row for `T`, which is constructed from the inputs and, where it has them, its `T::Options`.
  /// These have a member function `declare(Fields&)`.
  template <class T>
  static Entry entry(const std::string& name, const std::string& help) {
    if constexpr (requires { typename T::Options; })
      return entry<typename T::Options>(
          name, help, [](Inputs... inputs, const typename T::Options& options) {
            return std::make_unique<T>(std::forward<Inputs>(inputs)..., options);
          });
    else
      return entry(name, help, [](Inputs... inputs) {
        return std::make_unique<T>(std::forward<Inputs>(inputs)...);
      });
  }
  /// A row for what `make(inputs...)` returns, without options.
  template <class Make>
  static Entry entry(const std::string& name, const std::string& help, Make make) {
    return entry<NoOptions>(name, help, [make](Inputs... inputs, const NoOptions&) {
      return make(std::forward<Inputs>(inputs)...);
    });
  }
  /// A row for what `make(inputs..., options)` returns.
  template <class Options, class Make>
  static Entry entry(const std::string& name, const std::string& help, Make make) {
    return {name, help, [make] { return std::make_unique<FactoryOf<Options, Make>>(make); }, {}};
  }

  /// `kind` is what an error calls a row, such as "model".
  Registry(std::string kind, std::initializer_list<Entry> entries)
      : kind_(std::move(kind)), entries_(entries) {}

  /// Appends a row. Its name has to be a new one, which `find` checks.
  void add(Entry entry) { entries_.push_back(std::move(entry)); }
  /// The row of that name. @throws Error that lists the known names and suggests the nearest, or
  ///   says that two rows have this name.
  const Entry& find(const std::string& name) const {
    const Entry* found = nullptr;
    for (const Entry& entry : entries_) {
      if (entry.name != name) continue;
      if (found != nullptr) throw Error("there are two " + kind_ + "s called '" + name + "'");
      found = &entry;
    }
    if (found == nullptr) throw Error(unknown_name(kind_, name, names()));
    return *found;
  }
  /// The component of that name with these options, which may be a part of those that it has.
  /// @throws Error for an unknown name or option, or a value that is refused.
  std::unique_ptr<Factory> choose(const std::string& name, const Settings& options = {}) const {
    std::unique_ptr<Factory> factory = find(name).choose();
    Fields fields;
    factory->declare(fields);
    fields.read(options);
    return factory;
  }
  /// The names of all rows.
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const Entry& entry : entries_) result.push_back(entry.name);
    return result;
  }

  /// The first row, in the order in which rows are listed.
  auto begin() const { return entries_.begin(); }
  /// The end of the rows.
  auto end() const { return entries_.end(); }

 private:
  struct NoOptions {
    void declare(Fields&) {}
  };
  template <class Options, class Make>
  class FactoryOf : public Factory {
   public:
    explicit FactoryOf(Make make) : make_(std::move(make)) {}
    void declare(Fields& fields) override { options_.declare(fields); }
    std::unique_ptr<Product> make(Inputs... inputs) const override {
      return make_(std::forward<Inputs>(inputs)..., options_);
    }

   private:
    Options options_;
    Make make_;
  };

  std::string kind_;
  std::vector<Entry> entries_;
};

/// Declares the option `name` that chooses a row of `table`.
template <class Product, class... Inputs>
Field& add_choice(Fields& fields, const std::string& name, std::string& value,
                  const Registry<Product, Inputs...>& table, const std::string& help) {
  Field& field = fields.add(name, value, table.names(), help);
  field.read = [&value, &table](const std::string& text) { value = table.find(text).name; };
  return field;
}

}  // namespace scanline
