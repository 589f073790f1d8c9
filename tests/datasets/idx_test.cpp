#include "scanline/datasets/idx.hpp"

#include <sys/stat.h>
#include <zlib.h>

#include <fstream>
#include <string>
#include <vector>

#include "scanline/datasets/detail/idx_images.hpp"
#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/read_file.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using datasets::read_idx;
namespace fs = std::filesystem;

namespace {

/// The bytes of an IDX file: magic with this type and rank, extents, and `count` elements 0, 1, ...
std::string idx(const std::vector<std::uint32_t>& extents, std::size_t count, char type = 8) {
  std::string bytes{'\0', '\0', type, static_cast<char>(extents.size())};
  for (const std::uint32_t extent : extents)
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(extent >> shift & 0xff);
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(i % 256);
  return bytes;
}

std::string gzipped(const std::string& bytes) {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "x.gz";
  const gzFile out = gzopen(file.c_str(), "wb");
  gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(out);
  return test::read_file(file);
}

/// What reading a file of these bytes is refused with, without the name of the file.
std::string refusal(const std::string& bytes, Index rank) {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "data";
  std::ofstream(file, std::ios::binary) << bytes;
  try {
    read_idx(file, rank);
  } catch (const Error& error) {
    const std::string text = error.what();
    REQUIRE(text.rfind(file.string() + ": ", 0) == 0);
    CHECK(text.find('\n') == std::string::npos);
    return text.substr(file.string().size() + 2);
  }
  return {};
}

const std::string images = "expected IDX data of unsigned bytes with 3 dimensions, found ";

}  // namespace

TEST_CASE("IDX files are read, raw and gzipped alike") {
  const test::TemporaryDirectory directory;
  for (const bool compress : {false, true}) {
    // Larger than one chunk of the reader.
    for (const auto& extents :
         std::vector<std::vector<std::uint32_t>>{{2, 3, 4}, {50, 200, 200}, {0, 28, 28}}) {
      const std::size_t count = std::size_t{extents[0]} * extents[1] * extents[2];
      const std::string bytes = idx(extents, count);
      const fs::path file = directory.path() / "data";
      std::ofstream(file, std::ios::binary) << (compress ? gzipped(bytes) : bytes);
      const datasets::IdxArray array = read_idx(file, 3);
      CHECK(array.extents == Shape{extents[0], extents[1], extents[2]});
      REQUIRE(array.values.size() == count);
      bool equal = true;
      for (std::size_t i = 0; i < count; ++i) equal = equal && array.values[i] == i % 256;
      CHECK(equal);
    }
  }
}

TEST_CASE("IDX files that are not what they should be are refused, with what they are") {
  CHECK(refusal("", 3) == images + "an empty file");
  CHECK(refusal(std::string(2, '\0'), 3) == images + "2 bytes");
  CHECK(refusal("<!DOCTYPE html><html></html>", 3) ==
        images + "bytes 3c 21 44 4f, which look like a web page");
  CHECK(refusal("\r\n<html></html>", 3) ==
        images + "bytes 0d 0a 3c 68, which look like a web page");
  CHECK(refusal("\xef\xbb\xbf<html></html>", 3) ==
        images + "bytes ef bb bf 3c, which look like a web page");
  CHECK(refusal(gzipped("<html></html>"), 3) ==
        images + "bytes 3c 68 74 6d, which look like a web page");
  CHECK(refusal("PK\x03\x04 and so on", 3) == images + "bytes 50 4b 03 04");
  CHECK(refusal("a<b", 3) == images + "3 bytes");
  CHECK(refusal("a<b>", 3) == images + "bytes 61 3c 62 3e");
  CHECK(refusal(idx({5}, 5), 3) == images + "1 dimension, as labels have");
  CHECK(refusal(idx({5, 1, 1}, 5), 1) ==
        "expected IDX data of unsigned bytes with 1 dimension, found 3 dimensions, as images have");
  CHECK(refusal(idx({5, 1}, 5), 3) == images + "2 dimensions");
  CHECK(refusal(idx({5, 1, 1}, 20, 0x0d), 3) == images + "element type 0x0d");
  CHECK(refusal(idx({5, 1, 1}, 0).substr(0, 9), 3) ==
        "expected a whole header, found the end of the file");

  const std::string truncated = "expected 24 bytes after the header, as the header says, found 23";
  const std::string too_long = "expected 24 bytes after the header, as the header says, found more";
  CHECK(refusal(idx({2, 3, 4}, 23), 3) == truncated);
  CHECK(refusal(gzipped(idx({2, 3, 4}, 23)), 3) == truncated);
  CHECK(refusal(idx({2, 3, 4}, 25), 3) == too_long);
  CHECK(refusal(gzipped(idx({2, 3, 4}, 100'000)), 3) == too_long);
}

TEST_CASE("labels are the first column of an IDX file, in one, two or four bytes") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "labels";
  const auto labels = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
    return datasets::read_idx_labels(file);
  };
  using Labels = std::vector<std::int32_t>;
  CHECK(labels(idx({200}, 200))[199] == 199);
  CHECK(labels(gzipped(idx({2, 3}, 6))) == Labels{0, 3});
  CHECK(labels(idx({2}, 4, 0x0b)) == Labels{0x0001, 0x0203});
  CHECK(labels(idx({1}, 0, 0x0b) + "\xff\xfe") == Labels{-2});
  CHECK(labels(idx({2, 2}, 16, 0x0c)) == Labels{0x00010203, 0x08090a0b});
  CHECK(labels(idx({1}, 0, 0x0c) + "\xff\xff\xff\xfd") == Labels{-3});
  const std::string prefix = file.string() + ": expected ";
  CHECK_THROWS_WITH(labels(idx({2, 2}, 15, 0x0c)),
                    prefix + "16 bytes after the header, as the header says, found 15");
  CHECK_THROWS_WITH(labels(idx({1, 1, 1}, 1)), ContainsSubstring("3 dimensions, as images have"));
}

TEST_CASE("images in an IDX file have any type") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "images";
  const auto pixels = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
    const datasets::ImageNumbers images = datasets::find_idx_images(file);
    return datasets::read_pixels(images, datasets::find_white(images, {}), {}).values;
  };
  using Bytes = std::vector<std::uint8_t>;
  const auto images = [](char type, const std::string& bytes) {
    return idx({1, 1, 2}, 0, type) + bytes;
  };
  CHECK(pixels(gzipped(idx({1, 1, 2}, 2))) == Bytes{0, 1});
  CHECK(pixels(images(0x09, "\x05\x7f")) == Bytes{5, 127});
  CHECK(pixels(images(0x0b, std::string("\0\x05\0\xff", 4))) == Bytes{5, 255});
  CHECK(pixels(images(0x0c, std::string("\0\0\0\x05\0\0\0\xff", 8))) == Bytes{5, 255});
  CHECK(pixels(images(0x0d, std::string("\x3f\x80\0\0\0\0\0\0", 8))) == Bytes{255, 0});
  CHECK(pixels(images(0x0e, std::string("\x3f\xf0\0\0\0\0\0\0\x40\x6f\xe0\0\0\0\0\0", 16))) ==
        Bytes{1, 255});
  CHECK_THROWS_WITH(pixels(images(0x09, "\x05\xff")),
                    file.string() +
                        ": expected a number from 0 to 255, found -1 in image 1, row 1, "
                        "column 2");
  CHECK_THROWS_WITH(pixels(images(0x0a, "12")), ContainsSubstring("found element type 0x0a"));
  CHECK_THROWS_WITH(pixels(idx({2}, 2)), ContainsSubstring("1 dimension, as labels have"));
}

TEST_CASE("damaged gzip data are refused") {
  const std::string whole = gzipped(idx({50, 100, 20}, 100'000));
  // Within its data; within the checksum, when all elements have been read; within its header.
  for (const std::size_t length : {whole.size() / 2, whole.size() - 8, whole.size() - 1, 5UL})
    CHECK(refusal(whole.substr(0, length), 3) ==
          "expected a whole file, found truncated gzip data");
  // The last eight bytes are the checksum and the length; before them are compressed data.
  for (const std::size_t place : {whole.size() - 6, whole.size() - 2, whole.size() / 2}) {
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x55);
    CHECK(refusal(damaged, 3) == "expected a whole file, found damaged gzip data");
  }
}

TEST_CASE("a header that lies about the size asks for no memory") {
  // 2^32 - 1 images of the same height and width: 2^96 bytes; then 4 GiB that are not there.
  CHECK(
      refusal(idx({0xffffffff, 0xffffffff, 0xffffffff}, 4), 3) ==
      "expected extents whose product a file can have, found (4294967295, 4294967295, 4294967295)");
  CHECK(refusal(idx({0xffffffff, 1, 1}, 4), 3) ==
        "expected 4294967295 bytes after the header, as the header says, found 4");
  CHECK(refusal(idx({0x7fffffff, 0xffffffff, 1}, 4), 3) ==
        "expected 9223372030412324865 bytes after the header, as the header says, found 4");
}

TEST_CASE("what is no file is refused as such") {
  const test::TemporaryDirectory directory;
  CHECK_THROWS_WITH(read_idx(directory.path() / "absent", 3),
                    (directory.path() / "absent").string() +
                        ": expected an IDX file, found none: No such file or directory");
  CHECK_THROWS_WITH(read_idx(directory.path(), 3),
                    directory.path().string() + ": expected an IDX file, found a directory");
  const fs::path pipe = directory.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(
      read_idx(pipe, 3),
      pipe.string() + ": expected an IDX file, found something that is not a regular file");
}
