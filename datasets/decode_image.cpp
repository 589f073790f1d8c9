#include "scanline/datasets/decode_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "scanline/datasets/detail/border.hpp"
#include "scanline/datasets/detail/jpeg.hpp"
#include "scanline/datasets/detail/netpbm.hpp"
#include "scanline/datasets/detail/orientation.hpp"
#include "scanline/datasets/detail/picture_format.hpp"
#include "scanline/datasets/detail/picture_source.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"
#include "scanline/framework/core/lower_case.hpp"

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
#define STBI_ONLY_GIF
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#include <stb/stb_image.h>

namespace scanline::datasets {
namespace {

constexpr Index largest_file = 256 << 20;  // bytes
/// The bytes of a picture, from which stb_image reads.
class StbSource {
 public:
  explicit StbSource(std::string_view bytes) : bytes_(bytes) {}

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
  std::size_t position_ = 0;
  bool ran_out_ = false;
};

constexpr stbi_io_callbacks callbacks{
    [](void* source, char* data, int size) {
      return static_cast<StbSource*>(source)->read(data, size);
    },
    [](void* source, int count) { static_cast<StbSource*>(source)->skip(count); },
    [](void* source) { return static_cast<StbSource*>(source)->at_end(); },
};

/// Whether the bytes begin as a BMP file whose pixels are compressed: the fifth field of its second
/// header says how, and 3 and 6 stand for pixels with masks, which are not compressed.
bool is_compressed_bmp(std::string_view bytes) {
  constexpr std::size_t compression = 30;
  return bytes.size() > compression && bytes.starts_with("BM") && bytes[14] >= 40 &&
         std::string_view("\1\2\4\5").find(bytes[compression]) != std::string_view::npos;
}

/// Refuses what stb_image would take, and get wrong.
void check_format(const PictureSource& source) {
  const std::string_view bytes = source.bytes();
  // Bytes of 255 may come before the marker with which a JPEG begins.
  if (bytes.starts_with('\xff') && !has_sound_huffman_tables(bytes))
    source.fail("a damaged one (its Huffman tables are wrong)");
  if (is_compressed_bmp(bytes)) source.fail("a compressed BMP, which is not supported");
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
std::vector<std::uint8_t> decode(const PictureSource& source, StbSource& input,
                                 std::size_t pixels) {
  std::vector<std::uint8_t> grey_alpha(2 * pixels);
  int columns = 0, rows = 0, channels = 0;
  const auto check = [&](const void* decoded) {
    if (input.ran_out()) source.fail("a truncated one");
    if (decoded == nullptr) source.fail(fmt::format("a damaged one ({})", stbi_failure_reason()));
  };
  input.rewind();
  const bool has_16_bits = stbi_is_16_bit_from_callbacks(&callbacks, &input) != 0;
  input.rewind();
  if (has_16_bits) {
    const Decoded<stbi_us> wide(
        stbi_load_16_from_callbacks(&callbacks, &input, &columns, &rows, &channels, 2),
        stbi_image_free);
    check(wide.get());
    const int shifts[] = {used_bits(wide.get(), pixels) - 8, 16 - 8};
    for (std::size_t i = 0; i < grey_alpha.size(); ++i)
      grey_alpha[i] = static_cast<std::uint8_t>(wide.get()[i] >> shifts[i % 2]);
    return grey_alpha;
  }
  const Decoded<stbi_uc> decoded(
      stbi_load_from_callbacks(&callbacks, &input, &columns, &rows, &channels, 2), stbi_image_free);
  check(decoded.get());
  std::copy_n(decoded.get(), grey_alpha.size(), grey_alpha.begin());
  return grey_alpha;
}

[[noreturn]] void fail_too_large(const std::string& name, Index size) {
  throw Error(fmt::format("{}: expected a picture of at most {} MB, found {} MB", name,
                          largest_file >> 20, size >> 20));
}

}  // namespace

Image decode_image(std::span<const std::byte> content, const std::string& name) {
  const std::string_view bytes(reinterpret_cast<const char*>(content.data()), content.size());
  const PictureSource source(bytes, name);
  if (bytes.empty()) source.fail("an empty file");
  if (bytes.size() > static_cast<std::size_t>(largest_file))
    fail_too_large(name, static_cast<Index>(bytes.size()));
  if (is_netpbm(bytes)) return decode_netpbm(source);
  most_at_once = 2 * bytes.size() + (1 << 20);  // it doubles what is too small
  check_format(source);
  StbSource input(bytes);
  int columns = 0, rows = 0, channels = 0;
  if (stbi_info_from_callbacks(&callbacks, &input, &columns, &rows, &channels) == 0)
    source.fail(describe_format(bytes));
  source.check_size(rows, columns);
  const auto pixels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  // Four colours of 16 bits, in whole blocks of a JPEG.
  most_at_once += 8 * static_cast<std::size_t>((rows + 64) * (columns + 64));
  const std::vector<std::uint8_t> grey_alpha = decode(source, input, pixels);

  Image image{rows, columns, std::vector<std::uint8_t>(pixels)};
  const double behind = backdrop(grey_alpha.data(), rows, columns);
  for (std::size_t p = 0; p < pixels; ++p) {
    const double opacity = grey_alpha[2 * p + 1] / 255.0;
    image.pixels[p] = static_cast<std::uint8_t>(
        std::lround(opacity * grey_alpha[2 * p] + (1 - opacity) * behind));
  }
  return bytes.starts_with('\xff') ? turned_upright(std::move(image), exif_orientation(bytes))
                                   : image;
}

bool has_picture_name(const std::filesystem::path& file) {
  static constexpr std::string_view extensions[]{".png", ".jpg", ".jpeg", ".bmp", ".gif",
                                                 ".pbm", ".pgm", ".ppm",  ".pnm"};
  const std::string extension = lower_case(file.extension().string());
  return std::find(std::begin(extensions), std::end(extensions), extension) != std::end(extensions);
}

Image read_image(const std::filesystem::path& path) {
  InputFile file(path, picture_formats);
  if (file.size() > largest_file) fail_too_large(path.string(), file.size());
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
  bytes.resize(file.read(bytes));
  return decode_image(bytes, path.string());
}

}  // namespace scanline::datasets
