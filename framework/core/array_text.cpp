#include "scanline/framework/core/detail/array_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace scanline {
namespace {

/// Larger arrays are summarised: only so many elements are shown at either end of an axis.
constexpr Index summarised_above = 1000, shown_at_end = 3;
/// Rows continue in the next line where they would become longer.
constexpr std::size_t longest_line = 80;

/// Writes the elements of an array in nested brackets.
class Brackets {
 public:
  /// The text begins with `prefix`; the lines after the first are indented as far.
  Brackets(const Array& array, const std::string& prefix)
      : array_(array), indent_(prefix.size()), text_(prefix) {
    measure(0, 0);
    write(0, 0);
  }
  const std::string& text() const { return text_; }

 private:
  std::string element(Index i) const {
    if (array_.dtype() == DType::int64) return fmt::format("{}", array_.data<std::int64_t>()[i]);
    return fmt::format("{:.6g}", array_.at(i));
  }

  bool is_cut(Index extent) const {
    return array_.size() > summarised_above && extent > 2 * shown_at_end;
  }

  /// Calls `body(i)` for each position of an axis that is shown.
  template <class Body>
  void for_each_shown(Index extent, Body body) const {
    for (Index i = 0; i < extent; ++i) {
      if (is_cut(extent) && i == shown_at_end) i = extent - shown_at_end;
      body(i);
    }
  }

  /// Finds the widest of the elements in block number `block` of those that the axes before `axis`
  /// cut the array into.
  void measure(Index axis, Index block) {
    if (axis == array_.rank()) {
      width_ = std::max(width_, element(block).size());
      return;
    }
    const Index extent = array_.shape()[axis];
    for_each_shown(extent, [&](Index i) { measure(axis + 1, block * extent + i); });
  }

  /// Writes that block.
  void write(Index axis, Index block) {
    if (axis == array_.rank()) {
      text_ += fmt::format("{:>{}}", element(block), width_);
      return;
    }
    const Index extent = array_.shape()[axis];
    text_ += '[';
    for_each_shown(extent, [&](Index i) {
      if (i > 0) separate(axis);
      if (is_cut(extent) && i == extent - shown_at_end) {
        text_ += "...";
        separate(axis);
      }
      write(axis + 1, block * extent + i);
    });
    text_ += ']';
  }

  /// Writes what stands between neighbours along `axis`: a blank line between matrices, a new line
  /// between rows, a space between elements.
  void separate(Index axis) {
    text_ += ',';
    Index lines = array_.rank() - 1 - axis;
    if (lines == 0 && text_.size() - line_begin_ + width_ + 2 > longest_line) lines = 1;
    if (lines == 0) {
      text_ += ' ';
      return;
    }
    text_.append(static_cast<std::size_t>(lines), '\n');
    line_begin_ = text_.size();
    text_.append(indent_ + static_cast<std::size_t>(axis) + 1, ' ');
  }

  const Array& array_;
  std::size_t indent_;
  std::size_t width_ = 0;       // of the widest element
  std::size_t line_begin_ = 0;  // in the text
  std::string text_;
};

}  // namespace

std::string array_text(const std::string& name, const Array& array, const std::string& attributes) {
  if (!array.defined()) return name + "(undefined)";
  const bool shows_shape = array.size() == 0 || array.size() > summarised_above;
  const std::string shape = shows_shape ? ", shape=" + to_string(array.shape()) : "";
  const std::string elements =
      array.size() == 0 ? name + "([]" : Brackets(array, name + "(").text();
  return fmt::format("{}{}, dtype={}{})", elements, shape, scanline::name(array.dtype()),
                     attributes);
}

}  // namespace scanline
