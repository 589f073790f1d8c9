#include "scanline/datasets/image.hpp"

#include <zlib.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include "scanline/datasets/folder.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using datasets::read_digit;
using test::inverted;
using test::on_sheet;
using test::Picture;
using test::plain;
using test::two;
namespace fs = std::filesystem;

namespace {

/// What becomes of a picture that is written into a file of that type.
std::vector<std::uint8_t> read_back(const Picture& picture, const std::string& type = ".png") {
  const test::TemporaryDirectory directory;
  write_picture(directory.path() / ("digit" + type), picture);
  return read_digit(directory.path() / ("digit" + type));
}

/// The mean difference from the digit that all these pictures show, in grey levels.
double difference(const std::vector<std::uint8_t>& pixels) {
  const std::vector<std::uint8_t> expected = two().values;
  double sum = 0;
  REQUIRE(pixels.size() == expected.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) sum += std::abs(pixels[i] - expected[i]);
  return sum / static_cast<double>(pixels.size());
}

/// The same picture with other channels; `alpha` gives the opacity of a grey level.
template <typename Alpha>
Picture with_channels(const Picture& grey, int channels, const Alpha& alpha) {
  Picture result{grey.width, grey.height, channels, {}};
  for (const std::uint8_t value : grey.values)
    for (int c = 0; c < channels; ++c)
      result.values.push_back(channels % 2 == 0 && c == channels - 1 ? alpha(value) : value);
  return result;
}

std::string error_of(const fs::path& file) {
  try {
    read_digit(file);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a digit as MNIST has them keeps its pixels, in every format") {
  const auto opaque = [](std::uint8_t) { return std::uint8_t{255}; };
  for (const std::string type : {".png", ".bmp", ".pgm"})
    CHECK(read_back(two(), type) == two().values);
  for (const int channels : {1, 2, 3, 4})
    CHECK(read_back(with_channels(two(), channels, opaque)) == two().values);
  CHECK(difference(read_back(two(), ".jpg")) < 3);
}

TEST_CASE("where a digit is and what it is written on does not matter") {
  CHECK(read_back(inverted(two())) == two().values);
  CHECK(read_back(on_sheet(two(), 1, 50, 0, 90, 40)) == two().values);
  CHECK(read_back(inverted(on_sheet(two(), 1, -5, 13, 33, 41))) == two().values);
  Picture faint = two();  // dark grey on light grey
  for (std::uint8_t& value : faint.values) value = static_cast<std::uint8_t>(190 - value / 4);
  CHECK(difference(read_back(faint)) < 3);
}

TEST_CASE("a large digit is made small") {
  for (const int scale : {2, 5, 21}) {
    const Picture large = on_sheet(two(), scale, 7 * scale, 2, 40 * scale, 30 * scale);
    CHECK(difference(read_back(large)) < 6);
    CHECK(difference(read_back(inverted(large))) < 6);
  }
}

TEST_CASE("a small digit is made large") {
  Picture half = plain(14, 14, 0);
  for (std::size_t y = 0; y < 14; ++y)
    for (std::size_t x = 0; x < 14; ++x) {
      int sum = 0;
      for (const std::size_t dy : {0u, 1u})
        for (const std::size_t dx : {0u, 1u}) sum += two().values[(2 * y + dy) * 28 + 2 * x + dx];
      half.values[y * 14 + x] = static_cast<std::uint8_t>(sum / 4);
    }
  // A digit of 10 pixels is known to the pixel, which becomes two.
  CHECK(difference(read_back(half)) < 22);
}

TEST_CASE("ink on nothing is ink") {
  const auto ink_alone = [](std::uint8_t value) { return value; };
  const Picture white = with_channels(two(), 4, ink_alone);
  // Where it is transparent, a picture may have any colour.
  Picture black = white;
  for (std::size_t i = 0; i < black.values.size(); ++i)
    if (i % 4 != 3) black.values[i] = 0;
  // White ink of half the opacity that it had is half as light.
  CHECK(difference(read_back(white)) < 6);
  CHECK(difference(read_back(black)) < 1);
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

TEST_CASE("sixteen bits are as good as eight, however many of them a camera fills") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "digit.png";
  for (const int bits : {16, 14, 12, 10}) {
    INFO(bits << " bits");
    std::vector<int> levels;
    for (const std::uint8_t value : two().values)  // the lower bits are anything
      levels.push_back(value << (bits - 8) | static_cast<int>(levels.size()) % (1 << (bits - 8)));
    write_16_bits(file, levels);
    CHECK(read_digit(file) == two().values);
  }
  // Noise of a camera that sees nothing does not become a digit.
  Random random(3, Purpose::augment);
  std::vector<int> dark;
  for (int i = 0; i < 28 * 28; ++i) dark.push_back(static_cast<int>(random.below(60)));
  write_16_bits(file, dark);
  CHECK(error_of(file) == file.string() + ": expected a digit, found an empty picture");
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
      CHECK(read_digit(file) == expected);
    }
}

TEST_CASE("noise is no ink") {
  Picture noisy = on_sheet(two(), 4, 60, 20, 200, 160);
  Random random(3, Purpose::augment);
  for (std::uint8_t& value : noisy.values)
    value = static_cast<std::uint8_t>(20 + value * 0.85 + static_cast<double>(random.below(12)));
  for (const std::size_t speck : {5u, 3000u, 31150u}) noisy.values[speck] = 255;
  CHECK(difference(read_back(noisy)) < 6);
}

TEST_CASE("thin and tall ink fits") {
  for (const auto& [width, height] : {std::pair{2, 300}, {300, 2}}) {
    Picture sheet = plain(340, 340, 255);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        sheet.values[static_cast<std::size_t>((y + 20) * 340 + x + 20)] = 0;
    const std::vector<std::uint8_t> pixels = read_back(sheet);
    std::size_t first = 0, last = 0, count = 0;
    for (std::size_t i = 0; i < pixels.size(); ++i)
      if (pixels[i] > 127) {
        if (count++ == 0) first = i;
        last = i;
      }
    REQUIRE(count > 0);
    const std::size_t extent = height > width ? last / 28 - first / 28 : last % 28 - first % 28;
    CHECK(extent >= 17);
    CHECK(extent <= 20);
  }
}

TEST_CASE("what is no picture of a digit is said in one line") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "picture.png";
  const auto write = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
  };
  const auto read = [&] {
    std::ostringstream bytes;
    bytes << std::ifstream(file, std::ios::binary).rdbuf();
    return bytes.str();
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
    write(read().substr(0, 500));
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
    std::string bytes = read();
    bytes[bytes.find("IDAT") - 4] = 0x40;  // the highest byte of its length
    write(bytes);
    expected = "found a ";  // damaged, or a truncated one
  }
  SECTION("a size of nothing") {
    write("P5 0 0 255\n");
    expected = "found one without pixels";
  }
  SECTION("pixels as text") {
    write("P2 1 1 255 7");
    expected = "found one whose pixels are written as text (P2)";
  }
  SECTION("pixels of one bit") {
    write("P4 8 1\n7");
    expected = "found a PBM (P4)";
  }
  SECTION("a format with more channels") {
    write("P7\nWIDTH 1\nHEIGHT 1\n");
    expected = "found a PAM (P7)";
  }
  SECTION("a largest value of nothing") {
    write("P5 2 1 0\n12");
    expected = "found one whose largest value is 0";
  }
  SECTION("a compressed BMP") {
    write_picture(directory.path() / "sound.bmp", two());
    fs::rename(directory.path() / "sound.bmp", file);
    std::string bytes = read();
    bytes[30] = 1;  // run lengths
    write(bytes);
    expected = "found a compressed BMP, which is not supported";
  }
  SECTION("a size that no integer holds") {
    write("P5 4294967297 1 255\n1");
    expected = "expected at most 16384 pixels on a side and 64 megapixels, found 1000000000x1";
  }
  SECTION("a PGM of sixteen bits") {
    write("P5 2 1 65535\n1234");
    expected = "found one of 16 bits";
  }
  SECTION("a JPEG whose scan names a Huffman table that it does not define") {
    const fs::path sound = directory.path() / "sound.jpg";
    write_picture(sound, two());
    fs::rename(sound, file);
    std::string bytes = read();
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
    std::string bytes = read();
    // The marker, the segment's length, the table's number, and the codes of each length.
    const std::size_t table = bytes.find("\xff\xc4");
    REQUIRE(table != std::string::npos);
    bytes.replace(table + 5, 2, "\xff\x02");
    // A byte of 255 may come before the first marker.
    write(GENERATE(std::string(), std::string("\xff")) + bytes);
    expected = "found a damaged one (its Huffman tables are wrong)";
  }
  SECTION("a picture without ink") {
    write_picture(file, plain(100, 100, 255));
    expected = "expected a digit, found an empty picture";
  }
  SECTION("a single pixel") {
    write_picture(file, plain(1, 1, 0));
    expected = "found an empty picture";
  }
  const std::string error = error_of(file);
  INFO(error);
  CHECK(error.find(file.string() + ": ") == 0);
  CHECK(error.find(expected) != std::string::npos);
  CHECK(error.find('\n') == std::string::npos);
}

TEST_CASE("a folder has its pictures sorted by class") {
  const test::TemporaryDirectory directory;
  const fs::path folder = directory.path();
  datasets::ImageDataset images = datasets::describe("mnist");
  const auto append = [&] { datasets::append_folder(images, folder); };
  CHECK_THROWS_WITH(append(), ContainsSubstring("found none"));

  for (const char* name : {"3", "9"}) fs::create_directory(folder / name);
  for (const char* name : {"9/b.png", "9/a.pgm", "3/x.png"}) write_picture(folder / name, two());
  std::ofstream(folder / "9/.hidden") << "not looked at";
  append();
  CHECK(images.count == 3);
  CHECK(images.labels == std::vector<std::uint8_t>{3, 9, 9});
  CHECK(images.pixels.size() == 3 * two().values.size());

  fs::create_directory(folder / "ten");
  CHECK_THROWS_WITH(append(), ContainsSubstring("named after the classes 0, 1,") &&
                                  ContainsSubstring("found ten"));
  fs::remove(folder / "ten");
  std::ofstream(folder / "3/notes.txt") << "text";
  CHECK_THROWS_WITH(append(), ContainsSubstring("notes.txt"));
  CHECK_THROWS_WITH(datasets::append_folder(images, folder / "none"), ContainsSubstring("none"));
  fs::create_symlink("loop", folder / "loop");
  CHECK_THROWS_WITH(datasets::append_folder(images, folder / "loop"),
                    ContainsSubstring("found: Too many levels of symbolic links"));
}
