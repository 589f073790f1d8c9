#include "scanline/datasets/detail/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parse_number.hpp"

namespace scanline::datasets {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t longest_header = 10'000;  // as NumPy has it
constexpr Index longest_text = 200;             // characters
constexpr Index most_axes = 4;                  // images, rows, columns and colours

/// The text of a header: a dictionary as Python prints it.
class HeaderText {
 public:
  HeaderText(ByteStream& file, std::string_view text) : file_(file), text_(text), rest_(text) {}

  [[noreturn]] void fail() const {
    file_.fail("a header such as {'descr': '|u1', 'fortran_order': False, 'shape': (2, 28, 28), }",
               std::string(text_));
  }
  /// Consumes this text and the spaces after it if the text comes next.
  bool take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size()));
    return true;
  }
  void expect(std::string_view expected) {
    if (!take(expected)) fail();
  }
  /// Takes everything up to a character, and that character.
  std::string_view take_until(char end) {
    const std::size_t length = rest_.find(end);
    if (length == std::string_view::npos) fail();
    const std::string_view result = rest_.substr(0, length);
    rest_.remove_prefix(length);
    expect(std::string_view(&end, 1));
    return result;
  }
  std::string_view quoted() {
    const char quote = take("'") ? '\'' : '"';
    if (quote == '"') expect("\"");
    return take_until(quote);
  }
  bool is_at_end() const { return rest_.empty(); }
  ByteStream& file() const { return file_; }

 private:
  ByteStream& file_;
  std::string_view text_, rest_;
};

/// An element type as NumPy writes it, such as "<f4".
ElementType read_type(HeaderText& header) {
  using Kind = ElementType::Kind;
  const std::string expected =
      "an array of boolean values, whole numbers, floats of 4 or 8 bytes, or texts";
  if (header.take("[")) header.file().fail(expected, "a structured one");
  const std::string_view text = header.quoted();
  const auto refuse = [&] { header.file().fail(expected, fmt::format("type '{}'", text)); };
  if (text.starts_with("|O")) header.file().fail(expected, "Python objects, which are not read");
  if (text.size() < 3) refuse();
  const char order = text[0], letter = text[1];
  const std::optional<Index> size = parse_number<Index>(text.substr(2));
  if (!size || (order != '<' && order != '>' && order != '|')) refuse();
  const bool is_integer = letter == 'i' || letter == 'u';
  const bool is_known = (letter == 'b' && *size == 1) ||
                        (is_integer && (*size == 1 || *size == 2 || *size == 4 || *size == 8)) ||
                        (letter == 'f' && (*size == 4 || *size == 8)) ||
                        (letter == 'U' && *size >= 1 && *size <= longest_text);
  if (!is_known) refuse();
  return {.kind = letter == 'b'   ? Kind::boolean
                  : letter == 'u' ? Kind::unsigned_integer
                  : letter == 'i' ? Kind::signed_integer
                  : letter == 'f' ? Kind::real
                                  : Kind::text,
          .size = static_cast<std::size_t>(letter == 'U' ? 4 * *size : *size),
          .is_big_endian = order == '>'};
}

/// A tuple such as "(60000, 28, 28)", "(3,)" or "()".
Shape read_shape(HeaderText& header) {
  header.expect("(");
  std::string_view list = header.take_until(')');
  Shape shape;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    // A tuple of one number has a comma, too.
    if (comma == std::string_view::npos && shape.rank() == 0) header.fail();
    const std::optional<Index> extent = parse_number<Index>(list.substr(0, comma));
    if (!extent || *extent < 0 || shape.rank() == most_axes) header.fail();
    shape.push_back(*extent);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    list.remove_prefix(std::min(list.find_first_not_of(' '), list.size()));
  }
  return shape;
}

/// The magic string, the version and the length of the header's text. Returns the text.
std::string read_text(ByteStream& file) {
  const std::string expected = "an NPY array of version 1 to 3";
  std::array<std::uint8_t, 8> start{};
  const std::size_t got = file.read(start);
  if (got == 0) file.fail(expected, "an empty file");
  if (got < start.size() ||
      !std::equal(magic.begin(), magic.end(), start.begin(),
                  [](char a, auto b) { return static_cast<std::uint8_t>(a) == b; }))
    file.fail(expected, "another file");
  if (start[6] < 1 || start[6] > 3) file.fail(expected, fmt::format("version {}", start[6]));
  std::array<std::uint8_t, 4> length{};  // the lowest byte comes first
  const std::size_t width = start[6] == 1 ? 2 : 4;
  if (file.read(std::span(length).first(width)) < width)
    file.fail("a whole header", "the end of the file");
  const std::size_t bytes = length[0] | std::size_t{length[1]} << 8 | std::size_t{length[2]} << 16 |
                            std::size_t{length[3]} << 24;
  if (bytes > longest_header)
    file.fail(fmt::format("a header of at most {} bytes", longest_header), fmt::to_string(bytes));
  std::vector<std::uint8_t> text(bytes);
  if (file.read(text) < bytes) file.fail("a whole header", "the end of the file");
  return {text.begin(), text.end()};
}

}  // namespace

NpyHeader read_npy_header(ByteStream& file) {
  const std::string text = read_text(file);
  HeaderText header(file, text);
  std::optional<ElementType> type;
  std::optional<Shape> shape;
  bool has_order = false;
  header.expect("{");
  while (!header.take("}")) {
    const std::string_view key = header.quoted();
    header.expect(":");
    if (key == "descr" && !type) {
      type = read_type(header);
    } else if (key == "shape" && !shape) {
      shape = read_shape(header);
    } else if (key == "fortran_order" && !has_order) {
      has_order = true;
      if (header.take("True"))
        file.fail("an array in C order (numpy.ascontiguousarray makes one)",
                  "one in Fortran order");
      header.expect("False");
    } else {
      header.fail();
    }
    if (!header.take(",")) {
      header.expect("}");
      break;
    }
  }
  if (!type || !shape || !has_order || !header.is_at_end()) header.fail();
  try {
    Shape bytes = *shape;
    bytes.push_back(static_cast<Index>(type->size));
    bytes.element_count();
  } catch (const Error&) {
    file.fail("a shape whose product a file can have", to_string(*shape));
  }
  return {*type, *shape};
}

}  // namespace scanline::datasets
