#include "scanline/datasets/idx.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "scanline/datasets/detail/gzip_file.hpp"
#include "scanline/datasets/detail/idx_images.hpp"
#include "scanline/datasets/detail/number_file.hpp"
#include "scanline/framework/core/error.hpp"

namespace scanline::datasets {
namespace {

constexpr const char* idx_file = "an IDX file";  // what messages expect

constexpr unsigned unsigned_byte = 0x08;  // an element type

/// The element type of that number; none where there is none.
std::optional<ElementType> find_type(unsigned number) {
  using Kind = ElementType::Kind;
  switch (number) {
    case unsigned_byte: return ElementType{Kind::unsigned_integer, 1, true};
    case 0x09: return ElementType{Kind::signed_integer, 1, true};
    case 0x0b: return ElementType{Kind::signed_integer, 2, true};
    case 0x0c: return ElementType{Kind::signed_integer, 4, true};
    case 0x0d: return ElementType{Kind::real, 4, true};
    case 0x0e: return ElementType{Kind::real, 8, true};
    default: return {};
  }
}

std::uint32_t big_endian(std::span<const std::uint8_t, 4> bytes) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

/// What a file that is no IDX file may be instead.
std::string describe(std::span<const std::uint8_t, 4> start) {
  const std::string hex =
      fmt::format("bytes {:02x} {:02x} {:02x} {:02x}", start[0], start[1], start[2], start[3]);
  // White space or a byte order mark may come first.
  const std::string text(start.begin(), start.end());
  const std::size_t first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (first != std::string::npos && text[first] == '<') return hex + ", which look like a web page";
  return hex;
}

/// What the header of an IDX file says.
struct Header {
  unsigned type = 0;
  Shape extents;
};

/// Reads the element type and the number of dimensions. `expected` is what messages say was.
std::array<unsigned, 2> read_magic(GzipFile& file, const std::string& expected) {
  std::array<std::uint8_t, 4> magic{};
  const std::size_t got = file.read(magic);
  if (got == 0) file.fail(expected, "an empty file");
  if (got < magic.size()) file.fail(expected, fmt::format("{} bytes", got));
  if (magic[0] != 0 || magic[1] != 0) file.fail(expected, describe(magic));
  return {magic[2], magic[3]};
}

[[noreturn]] void fail_type(const GzipFile& file, const std::string& expected, unsigned type) {
  file.fail(expected, fmt::format("element type 0x{:02x}", type));
}

Shape read_extents(GzipFile& file, Index rank) {
  Shape extents;
  for (Index i = 0; i < rank; ++i) {
    std::array<std::uint8_t, 4> extent{};
    if (file.read(extent) < extent.size()) file.fail("a whole header", "the end of the file");
    extents.push_back(big_endian(extent));
  }
  return extents;
}

/// The header of an array of unsigned bytes.
Header read_byte_header(GzipFile& file, Index rank) {
  const std::string expected =
      fmt::format("IDX data of unsigned bytes with {} dimension{}", rank, rank == 1 ? "" : "s");
  const auto [type, found_rank] = read_magic(file, expected);
  if (type != unsigned_byte) fail_type(file, expected, type);
  if (found_rank != rank)
    file.fail(expected, fmt::format("{} dimension{}{}", found_rank, found_rank == 1 ? "" : "s",
                                    rank == 3 && found_rank == 1   ? ", as labels have"
                                    : rank == 1 && found_rank == 3 ? ", as images have"
                                                                   : ""));
  return {type, read_extents(file, rank)};
}

/// The header of labels, of one of several types and in one column or more.
Header read_label_header(GzipFile& file) {
  const std::string expected = "IDX labels: whole numbers of 1, 2 or 4 bytes in 1 or 2 dimensions";
  const auto [type, rank] = read_magic(file, expected);
  const std::optional<ElementType> element = find_type(type);
  if (!element || element->kind == ElementType::Kind::real) fail_type(file, expected, type);
  if (rank != 1 && rank != 2)
    file.fail(expected, fmt::format("{} dimensions{}", rank, rank == 3 ? ", as images have" : ""));
  Header header{type, read_extents(file, rank)};
  if (rank == 2 && header.extents[1] == 0) file.fail("labels in the first column", "no columns");
  return header;
}

/// The header of images, of any type.
Header read_image_header(GzipFile& file) {
  const std::string expected = "IDX images: numbers in 3 dimensions";
  const auto [type, rank] = read_magic(file, expected);
  if (!find_type(type)) fail_type(file, expected, type);
  if (rank != 3)
    file.fail(expected, fmt::format("{} dimension{}", rank, rank == 1 ? ", as labels have" : "s"));
  return {type, read_extents(file, rank)};
}

/// An array behind its header.
struct Content {
  Shape extents;
  NumberFile elements;
};

/// The array that follows the header, which `read_header` reads.
template <class ReadHeader>
Content find_content(const std::filesystem::path& path, const ReadHeader& read_header) {
  GzipFile file(path, idx_file);
  const auto [type, extents] = read_header(file);
  const ElementType element = *find_type(type);
  Index count = 0;
  try {
    Shape bytes = extents;
    bytes.push_back(static_cast<Index>(element.size));
    count = bytes.element_count() / static_cast<Index>(element.size);
  } catch (const Error&) {
    file.fail("extents whose product a file can have", to_string(extents));
  }
  return {extents, {.type = element, .count = count, .open = [path, read_header] {
                      auto opened = std::make_unique<GzipFile>(path, idx_file);
                      read_header(*opened);
                      return opened;
                    }}};
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& file, Index rank) {
  const Content content =
      find_content(file, [rank](GzipFile& opened) { return read_byte_header(opened, rank); });
  check_length(content.elements);
  return {content.extents, read_bytes(content.elements)};
}

std::vector<std::int32_t> read_idx_labels(const std::filesystem::path& file) {
  const Content content = find_content(file, read_label_header);
  check_length(content.elements);
  const Index columns = content.extents.rank() == 2 ? content.extents[1] : 1;
  std::vector<std::int32_t> labels;
  labels.reserve(static_cast<std::size_t>(content.extents[0]));
  for_each_block(content.elements, [&](Index first, std::span<const double> block) {
    for (const double value : block)
      if (first++ % columns == 0) labels.push_back(static_cast<std::int32_t>(value));
  });
  return labels;
}

ImageNumbers find_idx_images(const std::filesystem::path& file) {
  Content content = find_content(file, read_image_header);
  const Shape& extents = content.extents;
  return {.file = std::move(content.elements),
          .count = extents[0],
          .rows = extents[1],
          .columns = extents[2]};
}

}  // namespace scanline::datasets
