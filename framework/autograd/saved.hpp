#pragma once

#include <cstdint>
#include <utility>

#include "scanline/framework/core/array.hpp"

namespace scanline {

/// An array that an op saves for its backward pass, with the version of its elements at the time.
/// Reading it compares the versions, so that an optimizer's step, or a buffer that is filled anew,
/// between forward and backward is an error and not a wrong gradient. Closures of `make_op` capture
/// arrays as Saved; what they only write to, or never read, is not checked.
///
/// The elements are shared, not copied. What is written through a raw pointer is noticed only after
/// `Array::mark_changed()`.
class Saved {
 public:
  /// Of nothing; reading it throws Error.
  Saved() = default;
  /// Saves `array` as it is now. Implicit, so that an op can say `const Saved xs = x.value();`.
  Saved(Array array) : array_(std::move(array)), version_(array_.version()) {}

  /// The array. @throws Error when its elements were changed in place since it was saved.
  const Array& get() const {
    if (array_.version() != version_) fail_changed();
    return array_;
  }
  /// The same, where an array is wanted.
  operator const Array&() const { return get(); }

 private:
  [[noreturn]] void fail_changed() const;

  Array array_;
  std::uint64_t version_ = 0;
};

}  // namespace scanline
