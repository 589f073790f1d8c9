#include "scanline/datasets/preparation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "scanline/datasets/detail/resample.hpp"
#include "scanline/datasets/digit.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parse_number.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {
namespace {

Image resize(const Image& picture, const ImageSize& size, const std::string& name) {
  if (picture.pixels.empty())
    throw Error(fmt::format("{}: expected a picture, found an empty one", name));
  if (picture.rows == size.rows && picture.columns == size.columns) return picture;
  Image image{size.rows, size.columns, {}};
  image.pixels.reserve(static_cast<std::size_t>(size.rows * size.columns));
  for (const double level : resample_whole(picture, size.rows, size.columns))
    image.pixels.push_back(static_cast<std::uint8_t>(std::lround(std::clamp(level, 0.0, 255.0))));
  return image;
}

}  // namespace

ImageSize parse_image_size(const std::string& text) {
  const std::size_t x = text.find('x');
  const auto rows = parse_number<Index>(text.substr(0, x));
  const auto columns = x == std::string::npos ? rows : parse_number<Index>(text.substr(x + 1));
  if (!rows || !columns || std::min(*rows, *columns) < 1 ||
      std::max(*rows, *columns) > longest_side)
    throw Error(fmt::format("expected HEIGHTxWIDTH with both from 1 to {}, found '{}'",
                            longest_side, printable(text, longest_quote)));
  return {*rows, *columns};
}

const char* to_string(PreparationKind kind) {
  return kind == PreparationKind::digit ? "digit" : "none";
}

PreparationKind parse_preparation(const std::string& name) {
  if (name == "none") return PreparationKind::none;
  if (name == "digit") return PreparationKind::digit;
  throw Error(fmt::format("expected none or digit, found '{}'", printable(name, longest_quote)));
}

Image prepare(const Image& picture, const Preparation& preparation, const std::string& name) {
  const auto& [kind, size] = preparation;
  return kind == PreparationKind::digit ? prepare_digit({{picture}}, name, size)
                                        : resize(picture, size, name);
}

Image prepare(std::span<const std::byte> picture, const Preparation& preparation,
              const std::string& name) {
  const auto& [kind, size] = preparation;
  return kind == PreparationKind::digit
             ? prepare_digit(decode_colour_image(picture, name), name, size)
             : resize(decode_image(picture, name), size, name);
}

Image prepare(const std::filesystem::path& picture, const Preparation& preparation) {
  const auto& [kind, size] = preparation;
  const std::string name = picture.string();
  return kind == PreparationKind::digit ? prepare_digit(read_colour_image(picture), name, size)
                                        : resize(read_image(picture), size, name);
}

std::vector<PicturePart> prepare_parts(std::span<const std::byte> picture,
                                       const Preparation& preparation, const std::string& name,
                                       std::string* note) {
  if (preparation.kind == PreparationKind::none) {
    PicturePart whole;
    whole.image = resize(decode_image(picture, name, note), preparation.size, name);
    return {std::move(whole)};
  }
  std::vector<PicturePart> parts;
  const Ink ink = find_ink(decode_colour_image(picture, name, note), name);
  for (std::size_t line = 0; line < ink.lines.size(); ++line)
    for (const FoundDigit& digit : ink.lines[line].digits)
      parts.push_back(
          {digit_image(digit, preparation.size), digit.box, static_cast<Index>(line) + 1, {}});
  return parts;
}

std::vector<PicturePart> prepare_lines(std::span<const std::byte> picture, Index rows,
                                       const std::string& name, std::string* note) {
  std::vector<PicturePart> parts;
  const Ink ink = find_ink(decode_colour_image(picture, name, note), name);
  for (const FoundLine& line : ink.lines) {
    PicturePart part{line_image(line, rows), line.box, static_cast<Index>(parts.size()) + 1, {}};
    for (const FoundDigit& digit : line.digits) part.digits.push_back(digit.box);
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace scanline::datasets
