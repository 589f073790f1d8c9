#include "scanline/framework/core/shape.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <ostream>

#include "scanline/framework/core/error.hpp"

namespace scanline {

Shape::Shape(std::initializer_list<Index> extents) {
  for (const Index extent : extents) push_back(extent);
}

Index Shape::operator[](Index axis) const {
  return extents_[static_cast<std::size_t>(normalize_axis("shape", axis, rank_))];
}

Index Shape::element_count() const {
  // An extent of 0 makes the product 0, however large the others are.
  if (std::find(begin(), end(), 0) != end()) return 0;
  Index count = 1;
  for (const Index extent : *this) {
    if (count > std::numeric_limits<Index>::max() / extent)
      throw Error(fmt::format("shape {} has too many elements", to_string(*this)));
    count *= extent;
  }
  return count;
}

void Shape::push_back(Index extent) {
  if (rank_ == max_rank) throw Error(fmt::format("an array has at most {} axes", max_rank));
  if (extent < 0) throw Error(fmt::format("an axis cannot have {} elements", extent));
  extents_[static_cast<std::size_t>(rank_++)] = extent;
}

Shape Shape::with(Index axis, Index extent) const {
  if (extent < 0) throw Error(fmt::format("an axis cannot have {} elements", extent));
  Shape result = *this;
  result.extents_[static_cast<std::size_t>(normalize_axis("shape", axis, rank_))] = extent;
  return result;
}

Shape Shape::without(Index axis) const {
  const Index removed = normalize_axis("shape", axis, rank_);
  Shape result;
  for (Index i = 0; i < rank_; ++i)
    if (i != removed) result.push_back((*this)[i]);
  return result;
}

Shape Shape::slice(Index begin, Index end) const {
  Shape result;
  for (Index i = begin; i < end; ++i) result.push_back((*this)[i]);
  return result;
}

bool operator==(const Shape& a, const Shape& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

std::string to_string(const Shape& shape) {
  return fmt::format("({}{})", fmt::join(shape.begin(), shape.end(), ", "),
                     shape.rank() == 1 ? "," : "");
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

Index normalize_axis(const char* op, Index axis, Index rank) {
  if (axis < -rank || axis >= rank)
    throw Error(fmt::format("{}: axis {} does not exist in an array of {} axes", op, axis, rank));
  return axis < 0 ? axis + rank : axis;
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  const Index rank = std::max(a.rank(), b.rank());
  Shape result;
  for (Index i = 0; i < rank; ++i) {
    const Index in_a = i - (rank - a.rank());
    const Index in_b = i - (rank - b.rank());
    const Index extent_a = in_a < 0 ? 1 : a[in_a];
    const Index extent_b = in_b < 0 ? 1 : b[in_b];
    if (extent_a != extent_b && extent_a != 1 && extent_b != 1)
      throw Error(fmt::format("{}: shapes {} and {} do not broadcast: {} and {} differ", op,
                              to_string(a), to_string(b), extent_a, extent_b));
    result.push_back(extent_a == 1 ? extent_b : extent_a);
  }
  return result;
}

}  // namespace scanline
