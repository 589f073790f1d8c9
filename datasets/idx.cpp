#include "scanline/datasets/idx.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <string>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"

namespace scanline::datasets {
namespace {

constexpr unsigned unsigned_byte = 0x08;

/// A file that is being read; zlib returns what is not gzipped as it is.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : file_(path, "an IDX file") {
    const int descriptor = dup(file_.descriptor());  // which zlib will close
    stream_.reset(gzdopen(descriptor, "rb"));
    if (stream_ == nullptr) {
      close(descriptor);
      fail("an IDX file", "one that zlib cannot open");
    }
  }

  /// Fills `target` as far as the file goes, and returns how far that was.
  std::size_t read(std::span<std::uint8_t> target) {
    std::size_t done = 0;
    while (done < target.size()) {
      // zlib counts in int.
      const auto chunk = std::min<std::size_t>(target.size() - done, 1 << 20);
      const int count = gzread(stream_.get(), target.data() + done, static_cast<unsigned>(chunk));
      int status = Z_OK;
      gzerror(stream_.get(), &status);
      if (status == Z_BUF_ERROR) fail("a whole file", "truncated gzip data");
      if (status == Z_DATA_ERROR) fail("a whole file", "damaged gzip data");
      if (count < 0) fail("a file that can be read", std::strerror(errno));
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    file_.fail(expected, found);
  }

 private:
  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };

  InputFile file_;
  std::unique_ptr<gzFile_s, Close> stream_;
};

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

Shape read_header(Reader& reader, Index rank) {
  std::array<std::uint8_t, 4> magic{};
  const std::size_t got = reader.read(magic);
  const std::string expected =
      fmt::format("IDX data of unsigned bytes with {} dimension{}", rank, rank == 1 ? "" : "s");
  if (got == 0) reader.fail(expected, "an empty file");
  if (got < magic.size()) reader.fail(expected, fmt::format("{} bytes", got));
  if (magic[0] != 0 || magic[1] != 0) reader.fail(expected, describe(magic));
  if (magic[2] != unsigned_byte)
    reader.fail(expected, fmt::format("element type 0x{:02x}", magic[2]));
  if (magic[3] != rank)
    reader.fail(expected, fmt::format("{} dimension{}{}", magic[3], magic[3] == 1 ? "" : "s",
                                      rank == 3 && magic[3] == 1   ? ", as labels have"
                                      : rank == 1 && magic[3] == 3 ? ", as images have"
                                                                   : ""));
  Shape extents;
  for (Index i = 0; i < rank; ++i) {
    std::array<std::uint8_t, 4> extent{};
    if (reader.read(extent) < extent.size()) reader.fail("a whole header", "the end of the file");
    extents.push_back(big_endian(extent));
  }
  return extents;
}

/// @throws Error unless exactly `bytes` follow in the file.
void check_length(Reader& reader, Index bytes) {
  std::vector<std::uint8_t> buffer(1 << 16);
  Index found = 0;
  // One byte too many is enough to know.
  while (found <= bytes) {
    const std::size_t got = reader.read(buffer);
    found += static_cast<Index>(got);
    if (got < buffer.size()) break;
  }
  const std::string expected = fmt::format("{} bytes behind the header, as it says", bytes);
  if (found < bytes) reader.fail(expected, fmt::format("{}", found));
  if (found > bytes) reader.fail(expected, "more");
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& file, Index rank) {
  IdxArray result;
  Index bytes = 0;
  {
    Reader reader(file);
    result.extents = read_header(reader, rank);
    try {
      bytes = result.extents.element_count();
    } catch (const Error&) {
      reader.fail("extents whose product a file can have", to_string(result.extents));
    }
    check_length(reader, bytes);
  }
  Reader reader(file);
  read_header(reader, rank);
  result.values.resize(static_cast<std::size_t>(bytes));
  if (reader.read(result.values) < result.values.size())
    reader.fail("the same file twice", "one that changes while it is read");
  return result;
}

}  // namespace scanline::datasets
