#include "scanline/datasets/decode_image.hpp"

#include <zlib.h>

#include <fstream>
#include <span>
#include <string>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/read_file.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using datasets::decode_image;
using datasets::Image;
using datasets::read_image;
using test::on_sheet;
using test::two;
namespace fs = std::filesystem;

namespace {

std::string error_of(const fs::path& file) {
  try {
    read_image(file);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// Writes a grey PNG file of 28x28 pixels and sixteen bits.
void write_16_bits(const fs::path& file, const std::vector<int>& levels) {
  std::string rows;
  for (std::size_t i = 0; i < 28 * 28; ++i) {
    if (i % 28 == 0) rows += '\0';  // a row that is not filtered
    rows += static_cast<char>(levels[i] >> 8);
    rows += static_cast<char>(levels[i]);
  }
  uLongf size = compressBound(rows.size());
  std::string packed(size, '\0');
  REQUIRE(compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                   reinterpret_cast<const Bytef*>(rows.data()), rows.size()) == Z_OK);
  packed.resize(size);

  const auto word = [](std::uint64_t value) {
    std::string bytes;
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
  };
  const auto chunk = [&](const std::string& content) {  // the type, and what it holds
    const auto* bytes = reinterpret_cast<const Bytef*>(content.data());
    return word(content.size() - 4) + content +
           word(crc32(0, bytes, static_cast<uInt>(content.size())));
  };
  const std::string grey16{16, 0, 0, 0, 0};
  std::ofstream(file, std::ios::binary)
      << "\x89PNG\r\n\x1a\n"
      << chunk("IHDR" + word(28) + word(28) + grey16) << chunk("IDAT" + packed) << chunk("IEND");
}

}  // namespace

TEST_CASE("a picture is decoded from bytes as from its file") {
  const test::TemporaryDirectory directory;
  const test::Picture wide = on_sheet(two(), 1, 3, 0, 40, 28);
  for (const char* name : {"digit.png", "digit.bmp", "digit.pgm"}) {
    const fs::path file = directory.path() / name;
    write_picture(file, wide);
    const std::string bytes = test::read_file(file);
    const auto decode = [](const std::string& some) {
      return decode_image(std::as_bytes(std::span(some)), "the upload");
    };
    const Image image = decode(bytes);
    CHECK(image.rows == 28);
    CHECK(image.columns == 40);
    CHECK(image.pixels == wide.values);
    CHECK(read_image(file).pixels == image.pixels);
    CHECK_THROWS_WITH(decode(bytes.substr(0, bytes.size() / 2)),
                      ContainsSubstring("the upload: expected a PNG, JPEG, BMP, GIF, PBM, "
                                        "PGM or PPM picture, found a "));
    CHECK_THROWS_WITH(decode(""), ContainsSubstring("found an empty file"));
  }
}

TEST_CASE("sixteen bits are as good as eight, however many of them a camera fills") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "digit.png";
  for (const int bits : {16, 14, 12, 10}) {
    INFO(bits << " bits");
    std::vector<int> levels;
    for (const std::uint8_t value : two().values)  // the lower bits are anything
      levels.push_back(value << (bits - 8) | static_cast<int>(levels.size()) % (1 << (bits - 8)));
    write_16_bits(file, levels);
    CHECK(read_image(file).pixels == two().values);
  }
  // Noise of a camera that sees nothing stays dark.
  std::vector<int> dark;
  std::vector<std::uint8_t> expected;
  for (int i = 0; i < 28 * 28; ++i) {
    dark.push_back(i % 60);
    expected.push_back(static_cast<std::uint8_t>(i % 60 / 4));
  }
  write_16_bits(file, dark);
  CHECK(read_image(file).pixels == expected);
}

TEST_CASE("the header of a PGM or PPM file says which level is white") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "digit.pgm";
  for (const std::string magic : {"P5", "P6"})
    for (const int white : {1, 15, 100, 255}) {
      INFO(magic << " with " << white << " for white");
      std::string pixels;
      std::vector<std::uint8_t> expected;
      for (const std::uint8_t value : two().values) {
        const int level = value * white / 255;
        pixels += std::string(magic == "P5" ? 1 : 3, static_cast<char>(level));
        expected.push_back(static_cast<std::uint8_t>((level * 255 + white / 2) / white));
      }
      std::ofstream(file, std::ios::binary) << magic << "\n# drawn by 1 hand\n28 28 #\n"
                                            << white << '\n'
                                            << pixels;
      CHECK(read_image(file).pixels == expected);
    }
}

TEST_CASE("all kinds of PBM, PGM and PPM files are read") {
  const auto pixels = [](const std::string& bytes) {
    const Image image = decode_image(std::as_bytes(std::span(bytes)), "picture");
    CHECK(image.rows == 2);
    CHECK(image.columns == 3);
    return std::vector<int>(image.pixels.begin(), image.pixels.end());
  };
  using Pixels = std::vector<int>;
  CHECK(pixels("P1\n# drawn\n3 2\n101\n0 1#\n1") == Pixels{0, 255, 0, 255, 0, 0});
  CHECK(pixels("P4 3 2\n\xa0\x7f") == Pixels{0, 255, 0, 255, 0, 0});
  CHECK(pixels("P2 3 2 # white is\n 10\n0 5 10\n 1 2 99\n") == Pixels{0, 128, 255, 26, 51, 255});
  CHECK(pixels(std::string("P5 3 2 65535\n\0\0\x80\0\xff\xff\1\1\0\x7f\0\x81", 25)) ==
        Pixels{0, 128, 255, 1, 0, 1});
  // The weights of red, green and blue are 77, 150 and 29 of 256.
  CHECK(pixels("P3 3 2 1  1 0 0  0 1 0  0 0 1  1 1 1  0 0 0  1 1 0") ==
        Pixels{76, 149, 28, 255, 0, 226});
  CHECK(pixels("P6 3 2 255\n" + std::string("\xff\0\0\0\xff\0\0\0\xff\xff\xff\xff\0\0\0\xff\xff\0",
                                            18)) == Pixels{76, 149, 28, 255, 0, 226});
}

TEST_CASE("the first frame of a GIF is read") {
  // 3x2 pixels of the palette black, white, red, transparent; then the pixels 1 0 1, 3 1 0 in codes
  // of 3 bits, each after a code that clears the table.
  const std::string header("GIF89a\3\0\2\0\xf1\0\0", 13);
  const std::string palette("\0\0\0\xff\xff\xff\xff\0\0\0\0\0", 12);
  const std::string control("\x21\xf9\4\1\0\0\3\0", 8);
  const std::string frame("\x2c\0\0\0\0\3\0\2\0\0", 10);
  std::string codes;
  int bits = 0, held = 0;
  const auto put = [&](int code) {
    held |= code << bits;
    for (bits += 3; bits >= 8; bits -= 8, held >>= 8) codes += static_cast<char>(held & 255);
  };
  for (const int pixel : {1, 0, 1, 3, 1, 0}) put(4), put(pixel);
  put(5);
  codes += static_cast<char>(held);
  const std::string bytes = header + palette + control + frame + '\2' +
                            static_cast<char>(codes.size()) + codes + std::string("\0;", 2);
  const Image image = decode_image(std::as_bytes(std::span(bytes)), "picture.gif");
  CHECK(image.rows == 2);
  CHECK(image.columns == 3);
  // The transparent pixel has the level of the border.
  CHECK(image.pixels == std::vector<std::uint8_t>{255, 0, 255, 255, 255, 0});
}

TEST_CASE("a JPEG is turned as its EXIF data say") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "turned.jpg";
  // White in the upper left corner, on a sheet that is wider than high.
  const test::Picture sheet = on_sheet(test::plain(1, 1, 255), 16, 0, 0, 64, 32);
  write_picture(file, sheet);
  const std::string jpeg = test::read_file(file);
  struct Case {
    int orientation;
    Index rows, row, column;  // the corner that is white, and the height
  };
  const Case turned = GENERATE(values<Case>({{1, 32, 4, 4},
                                             {2, 32, 4, 60},
                                             {3, 32, 28, 60},
                                             {4, 32, 28, 4},
                                             {5, 64, 4, 4},
                                             {6, 64, 4, 28},
                                             {7, 64, 60, 28},
                                             {8, 64, 60, 4},
                                             {9, 32, 4, 4}}));
  INFO("orientation " << turned.orientation);
  const bool is_little = GENERATE(false, true);
  std::string exif = is_little
                         ? std::string("II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\0\0\0\0\0\0\0\0", 26)
                         : std::string("MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\0\0\0\0\0\0\0", 26);
  exif[is_little ? 18 : 19] = static_cast<char>(turned.orientation);
  const std::string bytes = "\xff\xd8\xff\xe1" +
                            std::string(
                                "\0\x22"
                                "Exif\0\0",
                                8) +
                            exif + jpeg.substr(2);
  const Image image = decode_image(std::as_bytes(std::span(bytes)), "turned.jpg");
  CHECK(image.rows == turned.rows);
  REQUIRE(image.pixels.size() == 64 * 32);
  for (const Index row : {Index{4}, turned.rows - 4})
    for (const Index column : {Index{4}, image.columns - 4}) {
      INFO(row << ", " << column);
      const int level = image.pixels[static_cast<std::size_t>(row * image.columns + column)];
      const bool is_white = row == turned.row && column == turned.column;
      CHECK((is_white ? level > 200 : level < 50));
    }
}

TEST_CASE("what is not a picture is said in one line") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "picture.png";
  const auto write = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
  };
  std::string expected;
  SECTION("nothing") { expected = "found none"; }
  SECTION("a directory") {
    fs::create_directory(file);
    expected = "found a directory";
  }
  SECTION("an empty file") {
    write("");
    expected = "found an empty file";
  }
  SECTION("text") {
    write("seven");
    expected = "found bytes 73 65 76 65";
  }
  SECTION("a picture that is cut off") {
    write_picture(file, on_sheet(two(), 8, 0, 0, 230, 230));
    write(test::read_file(file).substr(0, 500));
    expected = "found a ";  // damaged, or a truncated one
  }
  SECTION("a header that promises too much") {
    write("P5 60000 60000 255\n1234");
    expected = "expected at most 16384 pixels on a side and 64 megapixels, found 60000x60000";
  }
  SECTION("a header that promises much, and no pixels") {
    write("P5 8000 8000 255\n1234");
    expected = "found 21 bytes for 8000x8000 pixels";
  }
  SECTION("too few pixels") {
    write("P5 8 8 255\n1234");
    expected = "found a truncated one";
  }
  SECTION("a row too few") {
    write("P5\n# a comment of 28 by 28\n28 #\n28 255\n" + std::string(27 * 28, 'x'));
    expected = "found a truncated one";
  }
  SECTION("one channel of three") {
    write("P6 28 28 255\n" + std::string(28 * 28, 'x'));
    expected = "found a truncated one";
  }
  SECTION("a chunk that promises too much") {
    write_picture(file, two());
    std::string bytes = test::read_file(file);
    bytes[bytes.find("IDAT") - 4] = 0x40;  // the highest byte of its length
    write(bytes);
    expected = "found a ";  // damaged, or a truncated one
  }
  SECTION("a size of nothing") {
    write("P5 0 0 255\n");
    expected = "found one without pixels";
  }
  SECTION("a format that is not read") {
    write("P7\nWIDTH 1\nHEIGHT 1\n");
    expected = "found a PAM picture";
  }
  SECTION("a format of web pages") {
    write("RIFF\x24\x01\x01\x01WEBPVP8 ");
    expected = "found a WebP picture";
  }
  SECTION("a photograph of a telephone") {
    write(std::string("\0\0\0\x18", 4) + "ftypheic");
    expected = "found a HEIC picture";
  }
  SECTION("a largest value of nothing") {
    write("P5 2 1 0\n12");
    expected = "expected a largest value from 1 to 65535, found 0";
  }
  SECTION("a largest value of more than two bytes") {
    write("P5 2 1 65536\n12345678");
    expected = "expected a largest value from 1 to 65535, found 65536";
  }
  SECTION("letters among the pixels") {
    write("P2 2 1 255 7 x");
    expected = "found one with something else than a number in it";
  }
  SECTION("a two among the bits") {
    write("P1 2 1 12");
    expected = "found one with something else than bits in it";
  }
  SECTION("too few pixels as text") {
    write("P3 1 1 255 7 8");
    expected = "found a truncated one";
  }
  SECTION("too few bits") {
    write("P4 9 2 \1\2\3");
    expected = "found a truncated one";
  }
  SECTION("a compressed BMP") {
    write_picture(directory.path() / "sound.bmp", two());
    fs::rename(directory.path() / "sound.bmp", file);
    std::string bytes = test::read_file(file);
    bytes[30] = 1;  // run lengths
    write(bytes);
    expected = "found a compressed BMP, which is not supported";
  }
  SECTION("a size that no integer holds") {
    write("P5 4294967297 1 255\n1");
    expected = "expected at most 16384 pixels on a side and 64 megapixels, found 1000000000x1";
  }
  SECTION("a pixel of two bytes that has one") {
    write("P5 2 1 65535\n123");
    expected = "found a truncated one";
  }
  SECTION("a JPEG whose scan names a Huffman table that it does not define") {
    const fs::path sound = directory.path() / "sound.jpg";
    write_picture(sound, two());
    fs::rename(sound, file);
    std::string bytes = test::read_file(file);
    // The marker, the segment's length, the number of components, and the first one with its
    // tables.
    const std::size_t scan = bytes.find("\xff\xda");
    REQUIRE(scan != std::string::npos);
    bytes[scan + 6] = GENERATE('\x03', '\x30', '\x0f');
    write(bytes);
    expected = "found a damaged one (its Huffman tables are wrong)";
  }
  SECTION("a JPEG whose Huffman table has more codes than there are") {
    const fs::path sound = directory.path() / "sound.jpg";
    write_picture(sound, two());
    fs::rename(sound, file);
    std::string bytes = test::read_file(file);
    // The marker, the segment's length, the table's number, and the codes of each length.
    const std::size_t table = bytes.find("\xff\xc4");
    REQUIRE(table != std::string::npos);
    bytes.replace(table + 5, 2, "\xff\x02");
    // A byte of 255 may come before the first marker.
    write(GENERATE(std::string(), std::string("\xff")) + bytes);
    expected = "found a damaged one (its Huffman tables are wrong)";
  }
  const std::string error = error_of(file);
  INFO(error);
  CHECK(error.find(file.string() + ": ") == 0);
  CHECK(error.find(expected) != std::string::npos);
  CHECK(error.find('\n') == std::string::npos);
}

TEST_CASE("a JPEG may lack the marker at its end, and nothing else") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "p.jpg";
  write_picture(file, on_sheet(two(), 5, 10, 7, 160, 150));
  const std::string whole = test::read_file(file);
  const auto decode = [](const std::string& bytes, std::string* note) {
    return datasets::decode_image(std::as_bytes(std::span(bytes)), "p", note);
  };
  std::string note;
  const datasets::Image expected = decode(whole, &note);
  CHECK(note.empty());
  CHECK(decode(whole.substr(0, whole.size() - 2), &note).pixels == expected.pixels);
  CHECK(note == "p: the end marker of the JPEG is missing; all of the picture is there");
  for (const std::size_t missing : {12u, 60u, 400u})
    CHECK_THROWS_WITH(decode(whole.substr(0, whole.size() - missing), nullptr),
                      ContainsSubstring("found a truncated one"));
}

TEST_CASE("colours are kept where they are wanted") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "p.png";
  write_picture(file, test::Picture{2, 1, 3, {10, 20, 30, 200, 100, 50}});
  const datasets::ColourImage image = datasets::read_colour_image(file);
  REQUIRE(image.channels.size() == 3);
  CHECK(image.channels[0].pixels == std::vector<std::uint8_t>{10, 200});
  CHECK(image.channels[1].pixels == std::vector<std::uint8_t>{20, 100});
  CHECK(image.channels[2].pixels == std::vector<std::uint8_t>{30, 50});
  write_picture(file, two());
  CHECK(datasets::read_colour_image(file).channels.size() == 1);
}
