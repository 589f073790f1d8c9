#include "scanline/datasets/detail/jpeg.hpp"

#include <string>

#include "tests/catch.hpp"

using scanline::datasets::has_sound_huffman_tables;

namespace {

/// A marker and its segment, with the length before the content.
std::string segment(char marker, const std::string& content) {
  const std::size_t length = content.size() + 2;
  return std::string{'\xff', marker, static_cast<char>(length >> 8),
                     static_cast<char>(length & 255)} +
         content;
}

/// Defines a Huffman table with `codes` codes of 8 bits. The name has the class, 0 for DC and 1 for
/// AC, in its upper four bits, and the number in its lower ones.
std::string table(char name, std::size_t codes = 3) {
  std::string lengths(16, '\0');
  lengths[7] = static_cast<char>(codes);
  return segment('\xc4', name + lengths + std::string(codes, 'x'));
}

/// The header of a scan of one component that names these two tables.
std::string scan(char tables, const std::string& spectrum = {'\0', '\x3f', '\0'}) {
  return segment('\xda', std::string{'\1', '\1', tables} + spectrum);
}

const std::string start = "\xff\xd8", end = "\xff\xd9";

}  // namespace

TEST_CASE("scans may name the Huffman tables that were defined before them") {
  CHECK(has_sound_huffman_tables(start + table('\x00') + table('\x10') + scan('\x00') + end));
  CHECK(has_sound_huffman_tables(start + table('\x01') + table('\x12') + scan('\x12') + end));
  CHECK_FALSE(has_sound_huffman_tables(start + table('\x00') + scan('\x00') + end));
  CHECK_FALSE(has_sound_huffman_tables(start + table('\x10') + scan('\x00') + end));
  CHECK_FALSE(has_sound_huffman_tables(start + table('\x00') + table('\x10') + scan('\x11') + end));
  CHECK_FALSE(has_sound_huffman_tables(start + table('\x00') + table('\x10') + scan('\x04') + end));
  CHECK_FALSE(has_sound_huffman_tables(start + scan('\x00') + table('\x00') + table('\x10') + end));
}

TEST_CASE("a progressive scan needs one kind of tables, or none where it refines") {
  const std::string progressive = start + segment('\xc2', "xxxx");
  CHECK(has_sound_huffman_tables(progressive + table('\x00') + scan('\x00', {0, 0, 0}) + end));
  CHECK_FALSE(
      has_sound_huffman_tables(progressive + table('\x10') + scan('\x00', {0, 0, 0}) + end));
  CHECK(has_sound_huffman_tables(progressive + table('\x10') + scan('\x00', {1, 9, 0}) + end));
  CHECK_FALSE(
      has_sound_huffman_tables(progressive + table('\x00') + scan('\x00', {1, 9, 0}) + end));
  CHECK(has_sound_huffman_tables(progressive + scan('\x00', {0, 0, 0x10}) + end));
}

TEST_CASE("a Huffman table has at most 256 codes") {
  std::string lengths(16, '\0');
  lengths[7] = '\xff';
  lengths[8] = '\1';
  CHECK(has_sound_huffman_tables(start + segment('\xc4', '\0' + lengths + std::string(256, 'x'))));
  lengths[8] = '\2';
  CHECK_FALSE(
      has_sound_huffman_tables(start + segment('\xc4', '\0' + lengths + std::string(257, 'x'))));
}

TEST_CASE("bytes after the end of the image do not matter") {
  CHECK(has_sound_huffman_tables(start + end + scan('\x00')));
  CHECK(has_sound_huffman_tables(""));
}
