#include "scanline/datasets/detail/image_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "scanline/datasets/dataset.hpp"
#include "scanline/datasets/detail/pixel_scale.hpp"

namespace scanline::datasets {
namespace {

/// Where a number is, from 1 as in other messages.
std::string place(const ImageNumbers& images, Index position) {
  const Index pixel = position / images.channels, area = images.rows * images.columns;
  return fmt::format("in image {}, row {}, column {}", pixel / area + 1,
                     pixel % area / images.columns + 1, pixel % images.columns + 1);
}

/// The grey level of a pixel's channels, weighed as stb_image weighs them in pictures.
std::uint8_t grey(const std::array<std::uint8_t, 4>& colours) {
  const int level = (colours[0] * 77 + colours[1] * 150 + colours[2] * 29) >> 8;
  return static_cast<std::uint8_t>((level * colours[3] + 127) / 255);
}

}  // namespace

void check_size(const ImageNumbers& images) {
  if (images.count == 0) images.file.open()->fail("images", "none");
  if (std::min(images.rows, images.columns) < 1 ||
      std::max(images.rows, images.columns) > longest_side)
    images.file.open()->fail(
        fmt::format("images with a height and a width from 1 to {}", longest_side),
        fmt::format("{}x{}", images.rows, images.columns));
}

double find_white(const ImageNumbers& images, const std::optional<double>& max_value) {
  double largest = 0;
  if (images.file.type.kind == ElementType::Kind::real && !max_value) {
    check_length(images.file);
    for_each_block(images.file, [&](Index, std::span<const double> block) {
      for (const double value : block) largest = std::max(largest, value);
    });
  }
  return white_of(images.file.type, largest, max_value);
}

Pixels read_pixels(const ImageNumbers& images, double white,
                   const std::optional<double>& max_value) {
  check_length(images.file);
  if (images.channels == 1 && images.file.type.size == 1 && white == 255 &&
      images.file.type.kind == ElementType::Kind::unsigned_integer) {
    std::vector<std::uint8_t> values = read_bytes(images.file);
    const double largest = *std::max_element(values.begin(), values.end());
    return {std::move(values), largest};
  }
  Pixels pixels;
  pixels.values.reserve(static_cast<std::size_t>(images.count * images.rows * images.columns));
  std::array<std::uint8_t, 4> colours{0, 0, 0, 255};
  for_each_block(images.file, [&](Index first, std::span<const double> block) {
    for (const double value : block) {
      if (!(value >= 0 && value <= white))
        images.file.open()->fail(expected_value(value, white, max_value),
                                 fmt::format("{} {}", value, place(images, first)));
      pixels.largest = std::max(pixels.largest, value);
      const std::uint8_t level = to_pixel(value, white);
      const Index channel = first++ % images.channels;
      colours[static_cast<std::size_t>(channel)] = level;
      if (channel + 1 == images.channels)
        pixels.values.push_back(images.channels == 1 ? level : grey(colours));
    }
  });
  return pixels;
}

}  // namespace scanline::datasets
