#include "scanline/datasets/decode_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
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

/// The channels of a picture, one after the other for each pixel; the last one is the opacity.
struct Decoding {
  Index rows, columns;
  std::size_t channels;
  std::vector<std::uint8_t> values;

  const std::uint8_t* pixel(std::size_t position) const {
    return values.data() + position * channels;
  }
  std::uint8_t opacity(std::size_t position) const { return pixel(position)[channels - 1]; }
};

/// The level of a channel to be seen where a picture is transparent: that of its border or, where
/// this is transparent too, that of the rest if the rest is most of the picture, such as a sheet
/// that has been turned. Otherwise it is whichever of black and white shows the rest.
double backdrop(const Decoding& picture, std::size_t channel) {
  std::vector<double> border, rest;
  for (const std::size_t p : border_positions(picture.rows, picture.columns))
    border.push_back(picture.opacity(p) > 127 ? picture.pixel(p)[channel] : -1);
  const double level = median(border);
  if (level >= 0) return level;
  double light = 0, opacity = 0;
  const auto pixels = static_cast<std::size_t>(picture.rows * picture.columns);
  for (std::size_t p = 0; p < pixels; ++p) {
    light += static_cast<double>(picture.pixel(p)[channel]) * picture.opacity(p);
    opacity += picture.opacity(p);
    if (picture.opacity(p) > 127) rest.push_back(picture.pixel(p)[channel]);
  }
  if (2 * rest.size() > pixels) return median(std::move(rest));
  return light > 127.5 * opacity ? 0 : 255;
}

/// The channel of a picture as it is to be seen before its backdrop.
Image flattened(const Decoding& picture, std::size_t channel) {
  const auto pixels = static_cast<std::size_t>(picture.rows * picture.columns);
  Image image{picture.rows, picture.columns, std::vector<std::uint8_t>(pixels)};
  bool is_opaque = true;
  for (std::size_t p = 0; p < pixels; ++p) {
    image.pixels[p] = picture.pixel(p)[channel];
    is_opaque = is_opaque && picture.opacity(p) == 255;
  }
  if (is_opaque) return image;
  const double behind = backdrop(picture, channel);
  for (std::size_t p = 0; p < pixels; ++p) {
    const double opacity = picture.opacity(p) / 255.0;
    image.pixels[p] =
        static_cast<std::uint8_t>(std::lround(opacity * image.pixels[p] + (1 - opacity) * behind));
  }
  return image;
}

/// How many bits the largest level needs: cameras and scanners write levels of 10, 12 or 14
/// bits into files of 16 as they are.
int used_bits(const stbi_us* values, std::size_t size, std::size_t channels) {
  int largest = 0;
  for (std::size_t i = 0; i < size; ++i)
    if (i % channels != channels - 1) largest = std::max<int>(largest, values[i]);
  for (const int bits : {10, 12, 14})
    if (largest < 1 << bits) return bits;
  return 16;
}

/// What stb_image has decoded; it is freed as stb_image wants it.
template <class Value>
using Decoded = std::unique_ptr<Value, void (*)(void*)>;

/// Decodes into the channels that are wanted, in 8 bits; nothing if bytes are missing at the end.
std::optional<Decoding> decode(const PictureSource& source, StbSource& input, int wanted) {
  int columns = 0, rows = 0, channels = 0;
  const auto check = [&](const void* decoded) {
    if (decoded == nullptr) source.fail(fmt::format("a damaged one ({})", stbi_failure_reason()));
  };
  input.rewind();
  const bool has_16_bits = stbi_is_16_bit_from_callbacks(&callbacks, &input) != 0;
  input.rewind();
  Decoding result{0, 0, static_cast<std::size_t>(wanted), {}};
  const auto resize = [&] {
    result.rows = rows;
    result.columns = columns;
    result.values.resize(static_cast<std::size_t>(result.rows * result.columns) * result.channels);
  };
  if (has_16_bits) {
    const Decoded<stbi_us> wide(
        stbi_load_16_from_callbacks(&callbacks, &input, &columns, &rows, &channels, wanted),
        stbi_image_free);
    if (input.ran_out()) return {};
    check(wide.get());
    resize();
    const int shift = used_bits(wide.get(), result.values.size(), result.channels) - 8;
    for (std::size_t i = 0; i < result.values.size(); ++i) {
      const bool is_opacity = i % result.channels == result.channels - 1;
      result.values[i] = static_cast<std::uint8_t>(wide.get()[i] >> (is_opacity ? 8 : shift));
    }
    return result;
  }
  const Decoded<stbi_uc> decoded(
      stbi_load_from_callbacks(&callbacks, &input, &columns, &rows, &channels, wanted),
      stbi_image_free);
  if (input.ran_out()) return {};
  check(decoded.get());
  resize();
  std::copy_n(decoded.get(), result.values.size(), result.values.begin());
  return result;
}

[[noreturn]] void fail_too_large(const std::string& name, Index size) {
  throw Error(fmt::format("{}: expected a picture of at most {} MB, found {} MB", name,
                          largest_file >> 20, size >> 20));
}

/// Decodes a JPEG that lacks the marker at its end, and nothing else: what would come before the
/// marker does not matter then.
std::optional<Decoding> decode_without_end(const PictureSource& source, int wanted) {
  // In other files, a scan that is missing would change nothing but the quality, or a colour.
  if (!has_single_scan(source.bytes())) return {};
  constexpr std::size_t padding = 64;  // bytes, more than a block of the picture takes
  std::optional<Decoding> first;
  for (const char filler : {'\x00', '\x55'}) {
    const std::string completed =
        std::string(source.bytes()) + std::string(padding, filler) + "\xff\xd9";
    StbSource input(completed);
    std::optional<Decoding> decoding = decode(source, input, wanted);
    if (!decoding) return {};
    if (first && first->values != decoding->values) return {};
    first = std::move(decoding);
  }
  return first;
}

/// Decodes a picture with its colours or, if they are not wanted, as grey levels.
ColourImage decode_picture(std::span<const std::byte> content, const std::string& name,
                           bool wants_colours, std::string* note) {
  const std::string_view bytes(reinterpret_cast<const char*>(content.data()), content.size());
  const PictureSource source(bytes, name);
  if (bytes.empty()) source.fail("an empty file");
  if (bytes.size() > static_cast<std::size_t>(largest_file))
    fail_too_large(name, static_cast<Index>(bytes.size()));
  if (is_netpbm(bytes)) return decode_netpbm(source, wants_colours);
  most_at_once = 2 * bytes.size() + (1 << 20);  // it doubles what is too small
  check_format(source);
  StbSource input(bytes);
  int columns = 0, rows = 0, channels = 0;
  if (stbi_info_from_callbacks(&callbacks, &input, &columns, &rows, &channels) == 0)
    source.fail(describe_format(bytes));
  source.check_size(rows, columns);
  // Four colours of 16 bits, in whole blocks of a JPEG.
  most_at_once += 8 * static_cast<std::size_t>((rows + 64) * (columns + 64));
  const int wanted = wants_colours && channels > 2 ? 4 : 2;
  const bool is_jpeg = bytes.starts_with('\xff');
  std::optional<Decoding> picture = decode(source, input, wanted);
  if (!picture && is_jpeg) {
    picture = decode_without_end(source, wanted);
    if (picture && note != nullptr)
      *note = fmt::format("{}: the end marker of the JPEG is missing; all of the picture is there",
                          name);
  }
  if (!picture) source.fail("a truncated one");

  ColourImage result;
  const int orientation = is_jpeg ? exif_orientation(bytes) : 1;
  for (std::size_t channel = 0; channel + 1 < picture->channels; ++channel)
    result.channels.push_back(turned_upright(flattened(*picture, channel), orientation));
  return result;
}

}  // namespace

Image decode_image(std::span<const std::byte> bytes, const std::string& name, std::string* note) {
  return std::move(decode_picture(bytes, name, /*wants_colours=*/false, note).channels.front());
}

ColourImage decode_colour_image(std::span<const std::byte> bytes, const std::string& name,
                                std::string* note) {
  return decode_picture(bytes, name, /*wants_colours=*/true, note);
}

bool has_picture_name(const std::filesystem::path& file) {
  static constexpr std::string_view extensions[]{".png", ".jpg", ".jpeg", ".bmp", ".gif",
                                                 ".pbm", ".pgm", ".ppm",  ".pnm"};
  const std::string extension = lower_case(file.extension().string());
  return std::find(std::begin(extensions), std::end(extensions), extension) != std::end(extensions);
}

std::vector<std::byte> read_picture_file(const std::filesystem::path& path) {
  InputFile file(path, picture_formats);
  if (file.size() > largest_file) fail_too_large(path.string(), file.size());
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
  bytes.resize(file.read(bytes));
  return bytes;
}

Image read_image(const std::filesystem::path& path) {
  return decode_image(read_picture_file(path), path.string());
}

ColourImage read_colour_image(const std::filesystem::path& path) {
  return decode_colour_image(read_picture_file(path), path.string());
}

}  // namespace scanline::datasets
