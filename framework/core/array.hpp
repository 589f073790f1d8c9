#pragma once

#include <algorithm>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <type_traits>

#include "scanline/framework/core/dtype.hpp"
#include "scanline/framework/core/shape.hpp"
#include "scanline/framework/core/storage.hpp"

namespace scanline {

/// @throws Error that begins with `op` and says that an operand is undefined.
[[noreturn]] void fail_undefined(const char* op);

/// Checks the operands of an op: tensors, arrays, or any type with a `defined()`.
/// @throws Error, naming `op`, unless all of them are defined.
template <class... Operands>
void check_defined(const char* op, const Operands&... operands) {
  if (!(operands.defined() && ...)) fail_undefined(op);
}

/// A dense array: a handle to shared storage, an offset into it and a shape. Always row-major and
/// contiguous. Copying an Array copies the handle; `copy()` copies the elements. As with a
/// pointer, a const Array always refers to the same elements, but these can be written.
///
/// The storage counts how often its elements were changed in place. Backward passes compare this
/// version, so that they notice changes of arrays that they need.
///
/// An Array has no gradient; `Tensor` has. `view<T>(array)` in core/array_view.hpp shows the
/// elements as an xtensor expression.
class Array {
 public:
  /// An undefined array: `defined()` is false, `size()` is 0, and all functions that need a shape,
  /// a type or elements throw Error.
  Array() = default;
  /// An array with uninitialised elements. @throws Error when memory is short or `shape` overflows.
  Array(Shape shape, DType dtype);

  /// All elements 0.
  static Array zeros(Shape shape, DType dtype = DType::float32);
  /// All elements `value`, converted to the element type.
  static Array full(Shape shape, double value, DType dtype = DType::float32);
  /// An array of rank 0.
  static Array scalar(double value, DType dtype = DType::float32);
  /// A copy of adjacent values, such as those of a std::vector, std::array or std::span, in
  /// row-major order. Their type (float, double or std::int64_t) is the element type.
  /// @throws Error unless there are as many as `shape` has elements.
  template <class Values>
  static Array from(const Values& values, Shape shape);
  /// A copy of adjacent values as above, with one axis.
  template <class Values>
  static Array from(const Values& values) {
    return from(values, {static_cast<Index>(std::size(values))});
  }

  /// Whether it refers to elements.
  bool defined() const { return storage_ != nullptr; }
  /// The extents.
  const Shape& shape() const {
    require_elements();
    return shape_;
  }
  /// The element type.
  DType dtype() const {
    require_elements();
    return dtype_;
  }
  /// The number of axes.
  Index rank() const { return shape().rank(); }
  /// Number of elements.
  Index size() const { return size_; }
  /// The size of all elements in bytes.
  Index bytes() const { return size_ * size_of(dtype_); }

  /// A pointer to the first element. Code that writes through this pointer into an array that an op
  /// may have saved has to call `mark_changed()`. @throws Error when T is not the element type.
  template <class T>
  T* data() const {
    std::byte* const first = raw();
    if (dtype_of<T>() != dtype_) fail_wrong_type(dtype_of<T>());
    return reinterpret_cast<T*>(first);
  }
  /// The elements as bytes, for reading and writing files.
  std::byte* raw() const {
    require_elements();
    return storage_.get() + offset_;
  }

  /// How often the elements have been changed in place, by this array or by another one that shares
  /// its storage.
  std::uint64_t version() const;
  /// Counts one change in place. All functions of the framework that change an array call it. Code
  /// that writes through `data()`, `raw()` or `view()` has to call it itself. It can be called from
  /// any thread.
  void mark_changed() const;

  /// The single element of an array of size 1, converted. @throws Error for other sizes.
  double item() const;
  /// Element number `i` in row-major order, converted.
  double at(Index i) const;

  /// Sets all elements to `value`, converted to the element type.
  void fill(double value) const;
  /// Overwrites the elements with those of `source`, converted to this element type.
  /// @throws Error when the shapes differ.
  void assign(const Array& source) const;
  /// A new array with the same elements.
  Array copy() const;
  /// A new array converted to `dtype`, or this one if it has that type.
  Array to(DType dtype) const;
  /// The same storage in another shape. @throws Error when the element counts differ.
  Array reshape(Shape shape) const;
  /// The same storage, positions [begin, end) of the first axis. @throws Error out of range.
  Array rows(Index begin, Index end) const;

 private:
  void require_elements() const {
    if (!defined()) fail_undefined("array");
  }
  [[noreturn]] void fail_wrong_type(DType requested) const;
  void check_count(std::size_t values) const;

  std::shared_ptr<std::byte> storage_;
  Index offset_ = 0;  // in bytes
  Shape shape_;
  Index size_ = 0;
  DType dtype_ = DType::float32;
};

template <class Values>
Array Array::from(const Values& values, Shape shape) {
  const std::span elements(values);
  using T = std::remove_cv_t<typename decltype(elements)::element_type>;
  const Array result(shape, dtype_of<T>());
  result.check_count(elements.size());
  std::copy(elements.begin(), elements.end(), result.data<T>());
  return result;
}

/// The elements and their type as NumPy prints them: "array([[1, 2.5], [-3, 4]], dtype=float32)",
/// with a line for each row. Numbers have up to six significant digits. If there are more than 1000
/// elements, only three at either end of each axis are shown, and the shape.
std::string to_string(const Array& array);
/// Writes `to_string(array)`.
std::ostream& operator<<(std::ostream& out, const Array& array);

}  // namespace scanline
