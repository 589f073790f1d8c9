#include "scanline/datasets/detail/picture_source.hpp"

#include <fmt/format.h>

#include <cstddef>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {
namespace {

constexpr Index longest_picture_side = 16384;
constexpr Index most_pixels = 64'000'000;

}  // namespace

void PictureSource::fail_expecting(const std::string& expected, const std::string& found) const {
  throw Error(
      fmt::format("{}: expected {}, found {}", name_, expected, printable(found, longest_quote)));
}

void PictureSource::check_size(Index rows, Index columns) const {
  if (rows < 1 || columns < 1) fail("one without pixels");
  if (rows > longest_picture_side || columns > longest_picture_side || rows * columns > most_pixels)
    fail_expecting(fmt::format("at most {} pixels on a side and {} megapixels",
                               longest_picture_side, most_pixels / 1'000'000),
                   fmt::format("{}x{}", columns, rows));
  // A byte cannot stand for more than 1032 bytes (deflate's best), of 8 pixels each.
  if (static_cast<std::size_t>(rows * columns) / 8 / 1032 > bytes_.size())
    fail(fmt::format("{} bytes for {}x{} pixels", bytes_.size(), columns, rows));
}

}  // namespace scanline::datasets
