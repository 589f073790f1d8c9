#include "scanline/datasets/idx.hpp"

#include <fmt/format.h>

#include <array>
#include <span>
#include <string>
#include <utility>

#include "scanline/datasets/detail/gzip_file.hpp"
#include "scanline/framework/core/error.hpp"

namespace scanline::datasets {
namespace {

constexpr const char* idx_file = "an IDX file";  // what messages expect

// Element types.
constexpr unsigned unsigned_byte = 0x08, short_integer = 0x0b, integer = 0x0c;

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
  if (type != unsigned_byte && type != short_integer && type != integer)
    fail_type(file, expected, type);
  if (rank != 1 && rank != 2)
    file.fail(expected, fmt::format("{} dimensions{}", rank, rank == 3 ? ", as images have" : ""));
  Header header{type, read_extents(file, rank)};
  if (rank == 2 && header.extents[1] == 0) file.fail("labels in the first column", "no columns");
  return header;
}

/// @throws Error unless exactly `bytes` follow in the file.
void check_length(GzipFile& file, Index bytes) {
  std::vector<std::uint8_t> buffer(1 << 16);
  Index found = 0;
  // One byte too many is enough to know.
  while (found <= bytes) {
    const std::size_t got = file.read(buffer);
    found += static_cast<Index>(got);
    if (got < buffer.size()) break;
  }
  const std::string expected = fmt::format("{} bytes after the header, as the header says", bytes);
  if (found < bytes) file.fail(expected, fmt::format("{}", found));
  if (found > bytes) file.fail(expected, "more");
}

std::size_t element_size(unsigned type) {
  return type == integer ? 4 : type == short_integer ? 2 : 1;
}

/// The bytes of all elements, behind a header that `read_header` reads and `header` receives.
template <class ReadHeader>
std::vector<std::uint8_t> read_elements(const std::filesystem::path& path, Header& header,
                                        const ReadHeader& read_header) {
  Index bytes = 0;
  {
    GzipFile file(path, idx_file);
    header = read_header(file);
    Shape extents = header.extents;
    try {
      extents.push_back(static_cast<Index>(element_size(header.type)));
      bytes = extents.element_count();
    } catch (const Error&) {
      file.fail("extents whose product a file can have", to_string(header.extents));
    }
    check_length(file, bytes);
  }
  GzipFile file(path, idx_file);
  read_header(file);
  std::vector<std::uint8_t> result(static_cast<std::size_t>(bytes));
  if (file.read(result) < result.size())
    file.fail("the same file twice", "one that changes while it is read");
  return result;
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& file, Index rank) {
  Header header;
  std::vector<std::uint8_t> values = read_elements(
      file, header, [rank](GzipFile& opened) { return read_byte_header(opened, rank); });
  return {header.extents, std::move(values)};
}

Shape read_idx_extents(const std::filesystem::path& file, Index rank) {
  GzipFile opened(file, idx_file);
  return read_byte_header(opened, rank).extents;
}

std::vector<std::int32_t> read_idx_labels(const std::filesystem::path& file) {
  Header header;
  const std::vector<std::uint8_t> bytes = read_elements(file, header, read_label_header);
  const std::size_t size = element_size(header.type);
  const auto columns = header.extents.rank() == 2 ? static_cast<std::size_t>(header.extents[1]) : 1;
  std::vector<std::int32_t> labels(static_cast<std::size_t>(header.extents[0]));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::uint8_t* element = bytes.data() + i * columns * size;
    std::uint32_t value = 0;
    for (std::size_t k = 0; k < size; ++k) value = value << 8 | element[k];
    labels[i] = size == 2 ? static_cast<std::int16_t>(value) : static_cast<std::int32_t>(value);
  }
  return labels;
}

}  // namespace scanline::datasets
