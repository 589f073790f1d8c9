#pragma once

#include <cstdint>
#include <utility>

#include "scanline/framework/core/array.hpp"

namespace scanline {

/// An array that an op saves for its backward pass, with the version of its elements at the time.
/// Reading it compares the versions. A change between forward and backward, such as an optimizer's
/// step, is therefore an error and not a wrong gradient. The backward functions of `make_op`
/// capture arrays as Saved. An array that they do not read is not checked.
///
/// The elements are shared, not copied. A write through a raw pointer is noticed only after
/// `Array::mark_changed()`.
class Saved {
 public:
  /// Holds no array. Reading it throws Error.
  Saved() = default;
  /// Saves `array` with its present version. The conversion is implicit, so that an op can write
  /// `const Saved xs = x.value();`.
  Saved(Array array) : array_(std::move(array)), version_(array_.version()) {}

  /// The array. @throws Error when its elements were changed in place since it was saved.
  const Array& get() const {
    if (array_.version() != version_) fail_changed();
    return array_;
  }
  /// Converts to the array, as `get` does.
  operator const Array&() const { return get(); }

 private:
  [[noreturn]] void fail_changed() const;

  Array array_;
  std::uint64_t version_ = 0;
};

}  // namespace scanline
