#include "scanline/datasets/decode_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "scanline/datasets/detail/border.hpp"
#include "scanline/datasets/detail/jpeg.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"
#include "scanline/framework/core/printable.hpp"

namespace {

/// The most memory that stb_image may take at once. It would believe lengths that no file can have.
thread_local std::size_t most_at_once = 0;

void* bounded_realloc(void* old, std::size_t size) {
  return size <= most_at_once ? std::realloc(old, size) : nullptr;
}

}  // namespace

#define STBI_MALLOC(size) bounded_realloc(nullptr, size)
#define STBI_REALLOC bounded_realloc
#define STBI_FREE std::free

// The functions of stb_image are static here, so that a program can link its own copy of it too.
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_ONLY_PNM
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#include <stb/stb_image.h>

namespace scanline::datasets {
namespace {

constexpr Index largest_file = 256 << 20;  // bytes
constexpr Index longest_picture_side = 16384;
constexpr Index most_pixels = 64'000'000;

/// What messages say was expected.
constexpr const char* formats = "a PNG, JPEG, BMP or binary PGM picture";

/// The bytes of a picture, from which stb_image reads.
class PictureBytes {
 public:
  PictureBytes(std::span<const std::byte> bytes, const std::string& name)
      : bytes_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), name_(name) {}

  [[noreturn]] void fail(const std::string& found) const { fail_expecting(formats, found); }
  [[noreturn]] void fail_expecting(const std::string& expected, const std::string& found) const {
    throw Error(
        fmt::format("{}: expected {}, found {}", name_, expected, printable(found, longest_quote)));
  }

  std::string_view bytes() const { return bytes_; }
  /// Begins again.
  void rewind() {
    position_ = 0;
    ran_out_ = false;
  }
  /// Whether more was asked for than there is: not all decoders notice.
  bool ran_out() const { return ran_out_; }

  int read(char* data, int size) {
    const std::string_view rest = bytes_.substr(position_);
    const std::size_t count = rest.copy(data, static_cast<std::size_t>(size));
    position_ += count;
    ran_out_ = ran_out_ || count == 0;
    return static_cast<int>(count);
  }
  void skip(int count) {
    const Index position = static_cast<Index>(position_) + count;
    position_ =
        static_cast<std::size_t>(std::clamp(position, Index{0}, static_cast<Index>(bytes_.size())));
  }
  int at_end() const { return position_ == bytes_.size() ? 1 : 0; }

 private:
  std::string_view bytes_;
  const std::string& name_;
  std::size_t position_ = 0;
  bool ran_out_ = false;
};

constexpr stbi_io_callbacks callbacks{
    [](void* source, char* data, int size) {
      return static_cast<PictureBytes*>(source)->read(data, size);
    },
    [](void* source, int count) { static_cast<PictureBytes*>(source)->skip(count); },
    [](void* source) { return static_cast<PictureBytes*>(source)->at_end(); },
};

/// The start of a file that is no picture, for a message.
std::string describe_start(std::string_view bytes) {
  std::string text = "bytes";
  for (const char c : bytes.substr(0, 4))
    text += fmt::format(" {:02x}", static_cast<unsigned char>(c));
  return text;
}

/// Refuses a picture that has no pixels or too many, for its own size or for us.
void check_size(const PictureBytes& source, Index rows, Index columns) {
  if (rows < 1 || columns < 1) source.fail("one without pixels");
  if (rows > longest_picture_side || columns > longest_picture_side || rows * columns > most_pixels)
    source.fail_expecting(fmt::format("at most {} pixels on a side and {} megapixels",
                                      longest_picture_side, most_pixels / 1'000'000),
                          fmt::format("{}x{}", columns, rows));
  // A byte cannot stand for more than 1032 bytes (deflate's best), of 8 pixels each.
  const std::size_t size = source.bytes().size();
  if (static_cast<std::size_t>(rows * columns) / 8 / 1032 > size)
    source.fail(fmt::format("{} bytes for {}x{} pixels", size, columns, rows));
}

/// The header of a binary PGM or PPM file (https://netpbm.sourceforge.net/doc/pgm.html). Numbers
/// stop at 10^9, and those that are missing are 0.
struct PnmHeader {
  Index columns = 0, rows = 0;
  Index maximum = 0;          // the value of white
  std::size_t pixels_at = 0;  // the place of the first pixel
};

PnmHeader read_pnm_header(std::string_view bytes) {
  PnmHeader header;
  std::size_t at = 2;  // after the magic number
  for (Index* number : {&header.columns, &header.rows, &header.maximum}) {
    while (at < bytes.size() &&
           (bytes[at] == '#' || (bytes[at] >= '\t' && bytes[at] <= '\r') || bytes[at] == ' '))
      at = bytes[at] == '#' ? std::min(bytes.find_first_of("\r\n", at), bytes.size()) : at + 1;
    for (; at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9'; ++at)
      *number = std::min<Index>(*number * 10 + (bytes[at] - '0'), 1'000'000'000);
  }
  header.pixels_at = at + 1;  // after one character of white space
  return header;
}

/// Whether the bytes begin as a BMP file whose pixels are compressed: the fifth field of its second
/// header says how, and 3 and 6 stand for pixels with masks, which are not compressed.
bool is_compressed_bmp(std::string_view bytes) {
  constexpr std::size_t compression = 30;
  return bytes.size() > compression && bytes.starts_with("BM") && bytes[14] >= 40 &&
         std::string_view("\1\2\4\5").find(bytes[compression]) != std::string_view::npos;
}

/// Names the formats that stb_image does not read, and refuses what it would take, and get wrong.
void check_format(const PictureBytes& source) {
  const std::string_view bytes = source.bytes();
  // Bytes of 255 may come before the marker with which a JPEG begins.
  if (bytes.starts_with('\xff') && !has_sound_huffman_tables(bytes))
    source.fail("a damaged one (its Huffman tables are wrong)");
  if (is_compressed_bmp(bytes)) source.fail("a compressed BMP, which is not supported");
  const std::string_view magic = bytes.substr(0, 2);
  if (magic == "P1" || magic == "P2" || magic == "P3")
    source.fail(fmt::format("one whose pixels are written as text ({})", magic));
  if (magic == "P4") source.fail("a PBM (P4)");
  if (magic == "P7") source.fail("a PAM (P7)");
  if (magic != "P5" && magic != "P6") return;
  // The versions of stb_image answer the following differently.
  const PnmHeader header = read_pnm_header(bytes);
  check_size(source, header.rows, header.columns);
  if (header.maximum == 0) source.fail("one whose largest value is 0");
  // Of 16 bits in a PGM, stb_image takes the two bytes for each other; in a PPM, it reads too far.
  if (header.maximum > 255) source.fail("one of 16 bits");
  const Index channels = magic == "P6" ? 3 : 1;
  if (bytes.size() <
      header.pixels_at + static_cast<std::size_t>(header.rows * header.columns * channels))
    source.fail("a truncated one");
}

/// The grey level to be seen where a picture of grey levels and opacities is transparent: that of
/// its border or, where this is transparent too, whichever of black and white shows the rest.
double backdrop(const std::uint8_t* grey_alpha, Index rows, Index columns) {
  std::vector<double> border;
  for (const std::size_t p : border_positions(rows, columns))
    border.push_back(grey_alpha[2 * p + 1] > 127 ? grey_alpha[2 * p] : -1);
  const double level = median(border);
  if (level >= 0) return level;
  double light = 0, opacity = 0;
  for (Index p = 0; p < rows * columns; ++p) {
    light += static_cast<double>(grey_alpha[2 * p]) * grey_alpha[2 * p + 1];
    opacity += grey_alpha[2 * p + 1];
  }
  return light > 127.5 * opacity ? 0 : 255;
}

/// How many bits the largest grey level needs: cameras and scanners write levels of 10, 12 or 14
/// bits into files of 16 as they are.
int used_bits(const stbi_us* grey_alpha, std::size_t pixels) {
  int largest = 0;
  for (std::size_t p = 0; p < pixels; ++p) largest = std::max<int>(largest, grey_alpha[2 * p]);
  for (const int bits : {10, 12, 14})
    if (largest < 1 << bits) return bits;
  return 16;
}

/// What stb_image has decoded; it is freed as stb_image wants it.
template <class Value>
using Decoded = std::unique_ptr<Value, void (*)(void*)>;

/// The grey levels and opacities of a picture, two for each pixel, in 8 bits.
std::vector<std::uint8_t> decode(PictureBytes& source, std::size_t pixels) {
  std::vector<std::uint8_t> grey_alpha(2 * pixels);
  int columns = 0, rows = 0, channels = 0;
  const auto check = [&](const void* decoded) {
    if (source.ran_out()) source.fail("a truncated one");
    if (decoded == nullptr) source.fail(fmt::format("a damaged one ({})", stbi_failure_reason()));
  };
  source.rewind();
  const bool has_16_bits = stbi_is_16_bit_from_callbacks(&callbacks, &source) != 0;
  source.rewind();
  if (has_16_bits) {
    const Decoded<stbi_us> wide(
        stbi_load_16_from_callbacks(&callbacks, &source, &columns, &rows, &channels, 2),
        stbi_image_free);
    check(wide.get());
    const int shifts[] = {used_bits(wide.get(), pixels) - 8, 16 - 8};
    for (std::size_t i = 0; i < grey_alpha.size(); ++i)
      grey_alpha[i] = static_cast<std::uint8_t>(wide.get()[i] >> shifts[i % 2]);
    return grey_alpha;
  }
  const Decoded<stbi_uc> decoded(
      stbi_load_from_callbacks(&callbacks, &source, &columns, &rows, &channels, 2),
      stbi_image_free);
  check(decoded.get());
  std::copy_n(decoded.get(), grey_alpha.size(), grey_alpha.begin());
  if (!source.bytes().starts_with('P')) return grey_alpha;
  // stb_image leaves the levels of PGM and PPM files as they are, whichever of them is white.
  const auto white = static_cast<int>(read_pnm_header(source.bytes()).maximum);
  for (std::size_t p = 0; p < pixels; ++p) {
    std::uint8_t& grey = grey_alpha[2 * p];
    grey = static_cast<std::uint8_t>((std::min<int>(grey, white) * 255 + white / 2) / white);
  }
  return grey_alpha;
}

[[noreturn]] void fail_too_large(const std::string& name, Index size) {
  throw Error(fmt::format("{}: expected a picture of at most {} MB, found {} MB", name,
                          largest_file >> 20, size >> 20));
}

}  // namespace

Image decode_image(std::span<const std::byte> bytes, const std::string& name) {
  PictureBytes source(bytes, name);
  if (bytes.empty()) source.fail("an empty file");
  if (bytes.size() > static_cast<std::size_t>(largest_file))
    fail_too_large(name, static_cast<Index>(bytes.size()));
  most_at_once = 2 * bytes.size() + (1 << 20);  // it doubles what is too small
  check_format(source);
  int columns = 0, rows = 0, channels = 0;
  if (stbi_info_from_callbacks(&callbacks, &source, &columns, &rows, &channels) == 0)
    source.fail(describe_start(source.bytes()));
  check_size(source, rows, columns);
  const auto pixels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  // Four colours of 16 bits, in whole blocks of a JPEG.
  most_at_once += 8 * static_cast<std::size_t>((rows + 64) * (columns + 64));
  const std::vector<std::uint8_t> grey_alpha = decode(source, pixels);

  Image image{rows, columns, std::vector<std::uint8_t>(pixels)};
  const double behind = backdrop(grey_alpha.data(), rows, columns);
  for (std::size_t p = 0; p < pixels; ++p) {
    const double opacity = grey_alpha[2 * p + 1] / 255.0;
    image.pixels[p] = static_cast<std::uint8_t>(
        std::lround(opacity * grey_alpha[2 * p] + (1 - opacity) * behind));
  }
  return image;
}

Image read_image(const std::filesystem::path& path) {
  InputFile file(path, formats);
  if (file.size() > largest_file) fail_too_large(path.string(), file.size());
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
  bytes.resize(file.read(bytes));
  return decode_image(bytes, path.string());
}

}  // namespace scanline::datasets
