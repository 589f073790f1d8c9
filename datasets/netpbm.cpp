#include "scanline/datasets/detail/netpbm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace scanline::datasets {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads the numbers of a file one after the other.
class Reader {
 public:
  explicit Reader(const PictureSource& source) : source_(source), bytes_(source.bytes()) {}

  /// The next number that is written as text. Numbers stop at 10^9. White space and comments may
  /// come before it.
  Index text() {
    skip_space();
    if (at_ == bytes_.size()) fail_truncated();
    if (!is_digit(bytes_[at_])) source_.fail("one with something else than a number in it");
    Index number = 0;
    for (; at_ < bytes_.size() && is_digit(bytes_[at_]); ++at_)
      number = std::min<Index>(number * 10 + (bytes_[at_] - '0'), 1'000'000'000);
    return number;
  }
  /// The next digit that is written as text: 0 or 1.
  Index text_bit() {
    skip_space();
    if (at_ == bytes_.size()) fail_truncated();
    const char digit = bytes_[at_++];
    if (digit != '0' && digit != '1') source_.fail("one with something else than bits in it");
    return digit - '0';
  }
  /// The next byte.
  Index byte() {
    if (at_ == bytes_.size()) fail_truncated();
    return static_cast<unsigned char>(bytes_[at_++]);
  }

 private:
  void skip_space() {
    while (at_ < bytes_.size() && (is_space(bytes_[at_]) || bytes_[at_] == '#'))
      at_ =
          bytes_[at_] == '#' ? std::min(bytes_.find_first_of("\r\n", at_), bytes_.size()) : at_ + 1;
  }
  [[noreturn]] void fail_truncated() const { source_.fail("a truncated one"); }

  const PictureSource& source_;
  std::string_view bytes_;
  std::size_t at_ = 2;  // after the magic number
};

/// The rows of a bitmap, in which 1 is black.
Image read_bits(Reader& reader, Index rows, Index columns, bool is_text) {
  Image image{rows, columns, {}};
  image.pixels.reserve(static_cast<std::size_t>(rows * columns));
  for (Index row = 0; row < rows; ++row) {
    Index packed = 0;  // eight pixels, the first one in the highest bit; rows begin with a byte
    for (Index column = 0; column < columns; ++column) {
      if (!is_text && column % 8 == 0) packed = reader.byte();
      const bool is_black =
          is_text ? reader.text_bit() != 0 : (packed >> (7 - column % 8) & 1) != 0;
      image.pixels.push_back(is_black ? 0 : 255);
    }
  }
  return image;
}

/// The grey level of a value of which `white` is the largest.
Index scale(Index value, Index white) { return (std::min(value, white) * 255 + white / 2) / white; }

}  // namespace

bool is_netpbm(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' &&
         (is_space(bytes[2]) || bytes[2] == '#');
}

ColourImage decode_netpbm(const PictureSource& source, bool wants_colours) {
  const int kind = source.bytes()[1] - '0';
  const bool is_text = kind <= 3, is_bitmap = kind % 3 == 1, has_colours = kind % 3 == 0;
  Reader reader(source);
  const Index columns = reader.text(), rows = reader.text(), white = is_bitmap ? 1 : reader.text();
  source.check_size(rows, columns);
  if (white < 1 || white > 65'535)
    source.fail_expecting("a largest value from 1 to 65535", fmt::to_string(white));
  if (!is_text) reader.byte();  // one character of white space ends the header
  const Index numbers = rows * columns * (has_colours ? 3 : 1);
  if (static_cast<std::size_t>(is_bitmap && !is_text ? numbers / 8 : numbers) >
      source.bytes().size())
    source.fail("a truncated one");
  if (is_bitmap) return {{read_bits(reader, rows, columns, is_text)}};
  const auto next = [&] {
    const Index first = is_text ? reader.text() : reader.byte();
    return scale(is_text || white < 256 ? first : first << 8 | reader.byte(), white);
  };
  ColourImage image{std::vector<Image>(wants_colours && has_colours ? 3 : 1, {rows, columns, {}})};
  for (Image& channel : image.channels)
    channel.pixels.reserve(static_cast<std::size_t>(rows * columns));
  for (Index pixel = 0; pixel < rows * columns; ++pixel) {
    std::array<Index, 3> colours{next()};
    for (std::size_t c = 1; c < 3 && has_colours; ++c) colours[c] = next();
    if (has_colours && !wants_colours)  // weighted as in other pictures
      colours[0] = (77 * colours[0] + 150 * colours[1] + 29 * colours[2]) >> 8;
    for (std::size_t c = 0; c < image.channels.size(); ++c)
      image.channels[c].pixels.push_back(static_cast<std::uint8_t>(colours[c]));
  }
  return image;
}

}  // namespace scanline::datasets
