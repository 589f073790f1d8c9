#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>

namespace scanline {

/// The one type for sizes, positions and axes. Signed, so that axes count from the end (-1 is the
/// last) and differences need no care.
using Index = std::int64_t;

/// The extents of an array, outermost first. A shape stores its extents in place and so allocates
/// no memory. A default-constructed shape belongs to a scalar: it has rank 0 and one element.
class Shape {
 public:
  /// The largest number of axes. It is more than any layer here needs, and fixed so that shapes
  /// need no heap.
  static constexpr Index max_rank = 8;

  Shape() = default;
  /// @throws Error for more than `max_rank` axes or a negative extent.
  Shape(std::initializer_list<Index> extents);

  /// The number of axes.
  Index rank() const { return rank_; }
  /// The extent of `axis`; negative axes count from the end.
  /// @throws Error when there is no such axis.
  Index operator[](Index axis) const;
  /// The number of elements: the product of the extents, 1 for a scalar.
  /// @throws Error when it does not fit into an `Index`.
  Index element_count() const;

  /// Appends an axis after the last. @throws Error as the constructor does.
  void push_back(Index extent);
  /// This shape with `axis` set to `extent`. @throws Error for a negative extent or no such axis.
  Shape with(Index axis, Index extent) const;
  /// This shape without `axis`. @throws Error when there is no such axis.
  Shape without(Index axis) const;
  /// The shape with only the axes [begin, end).
  Shape slice(Index begin, Index end) const;

  /// The extents in order, for loops and algorithms.
  const Index* begin() const { return extents_.data(); }
  /// The end of the extents.
  const Index* end() const { return extents_.data() + rank_; }

  /// Whether all extents, and so the ranks, are equal.
  friend bool operator==(const Shape& a, const Shape& b);
  /// Whether any extent, or the rank, differs.
  friend bool operator!=(const Shape& a, const Shape& b) { return !(a == b); }

 private:
  std::array<Index, max_rank> extents_{};
  Index rank_ = 0;
};

/// "(32, 28)", "(10,)" and "()", as Python prints its tuples.
std::string to_string(const Shape& shape);
/// Writes `to_string(shape)`.
std::ostream& operator<<(std::ostream& out, const Shape& shape);

/// `axis` counted from the front: -1 becomes rank - 1.
/// @throws Error, beginning with the name of `op`, unless -rank <= axis < rank.
Index normalize_axis(const char* op, Index axis, Index rank);

/// The common shape of two operands by NumPy's broadcasting rules: aligned at the last axis, an
/// extent of 1 stretches.
/// @throws Error that names `op` and both shapes where they do not fit.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

}  // namespace scanline
