#include "scanline/datasets/image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "scanline/datasets/detail/jpeg.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"

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

// Of this source alone, so that a program with an stb_image of its own can link to us.
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

namespace fs = std::filesystem;

constexpr Index largest_file = 256 << 20;  // bytes
constexpr Index longest_side = 16384;
constexpr Index most_pixels = 64'000'000;

constexpr double ink_size = 20;        // of MNIST's digits, the longer side
constexpr double centre = 14.5;        // of mass: on the average of MNIST's digits
constexpr Index overview_side = 256;   // enough to find the ink in, and coarse enough to blur noise
constexpr double least_contrast = 25;  // of 255, between background and ink

/// The bytes of a picture's file, from which stb_image reads.
class Source {
 public:
  explicit Source(const fs::path& path) : file_(path, "a PNG, JPEG, BMP or binary PGM picture") {
    if (file_.size() == 0) fail("an empty file");
    if (file_.size() > largest_file)
      file_.fail(fmt::format("a picture of at most {} MB", largest_file >> 20),
                 fmt::format("{} MB", file_.size() >> 20));
    bytes_.resize(static_cast<std::size_t>(file_.size()));
    bytes_.resize(file_.read(std::as_writable_bytes(std::span(bytes_))));
  }

  [[noreturn]] void fail(const std::string& found) const {
    fail_expecting("a PNG, JPEG, BMP or binary PGM picture", found);
  }
  [[noreturn]] void fail_expecting(const std::string& expected, const std::string& found) const {
    file_.fail(expected, found);
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
    const std::string_view rest = std::string_view(bytes_).substr(position_);
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
  InputFile file_;
  std::string bytes_;
  std::size_t position_ = 0;
  bool ran_out_ = false;
};

constexpr stbi_io_callbacks callbacks{
    [](void* source, char* data, int size) {
      return static_cast<Source*>(source)->read(data, size);
    },
    [](void* source, int count) { static_cast<Source*>(source)->skip(count); },
    [](void* source) { return static_cast<Source*>(source)->at_end(); },
};

/// The start of a file that is no picture, for a message.
std::string describe_start(std::string_view bytes) {
  std::string text = "bytes";
  for (const char c : bytes.substr(0, 4))
    text += fmt::format(" {:02x}", static_cast<unsigned char>(c));
  return text;
}

/// Refuses a picture that has no pixels or too many, for its own size or for us.
void check_size(const Source& source, Index rows, Index columns) {
  if (rows < 1 || columns < 1) source.fail("one without pixels");
  if (rows > longest_side || columns > longest_side || rows * columns > most_pixels)
    source.fail_expecting(fmt::format("at most {} pixels on a side and {} megapixels", longest_side,
                                      most_pixels / 1'000'000),
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
void check_format(const Source& source) {
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

struct Picture {
  Index rows, columns;
  std::vector<std::uint8_t> pixels;  // (rows, columns), grey
};

/// Positions along the border, one side after the other.
std::vector<std::size_t> border_positions(Index rows, Index columns) {
  std::vector<std::size_t> positions;
  for (Index r = 0; r < rows; ++r)
    for (const Index c : {Index{0}, columns - 1})
      positions.push_back(static_cast<std::size_t>(r * columns + c));
  for (Index c = 0; c < columns; ++c)
    for (const Index r : {Index{0}, rows - 1})
      positions.push_back(static_cast<std::size_t>(r * columns + c));
  return positions;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
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
std::vector<std::uint8_t> decode(Source& source, std::size_t pixels) {
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

Picture read_picture(const fs::path& file) {
  Source source(file);
  const std::size_t size = source.bytes().size();
  most_at_once = 2 * size + (1 << 20);  // it doubles what is too small
  check_format(source);
  int columns = 0, rows = 0, channels = 0;
  if (stbi_info_from_callbacks(&callbacks, &source, &columns, &rows, &channels) == 0)
    source.fail(describe_start(source.bytes()));
  check_size(source, rows, columns);
  const auto pixels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  // Four colours of 16 bits, in whole blocks of a JPEG.
  most_at_once += 8 * static_cast<std::size_t>((rows + 64) * (columns + 64));
  const std::vector<std::uint8_t> grey_alpha = decode(source, pixels);

  Picture picture{rows, columns, std::vector<std::uint8_t>(pixels)};
  const double behind = backdrop(grey_alpha.data(), rows, columns);
  for (std::size_t p = 0; p < pixels; ++p) {
    const double opacity = grey_alpha[2 * p + 1] / 255.0;
    picture.pixels[p] = static_cast<std::uint8_t>(
        std::lround(opacity * grey_alpha[2 * p] + (1 - opacity) * behind));
  }
  return picture;
}

/// `count` pixels in a row, each `step` pixels of another picture wide, the first from `start` on.
struct Axis {
  double start, step;
  Index count;
};

/// Which pixels of a picture make up a pixel that is sampled from it, and their shares.
struct Window {
  Index begin = 0;
  std::vector<double> shares;
};

std::vector<Window> windows(const Axis& axis, Index length) {
  // A window a pixel wide that slides over pixels is linear interpolation between them, so this
  // averages where pixels are many, and interpolates where they are few.
  const double width = std::max(axis.step, 1.0);
  std::vector<Window> result(static_cast<std::size_t>(axis.count));
  for (Index i = 0; i < axis.count; ++i) {
    const double middle = axis.start + (static_cast<double>(i) + 0.5) * axis.step;
    const double low = middle - width / 2, high = middle + width / 2;
    Window& window = result[static_cast<std::size_t>(i)];
    window.begin = std::clamp(static_cast<Index>(std::floor(low)), Index{0}, length);
    for (Index p = window.begin; p < length && static_cast<double>(p) < high; ++p) {
      const auto pixel = static_cast<double>(p);
      const double share = std::min(high, pixel + 1) - std::max(low, pixel);
      window.shares.push_back(std::max(share, 0.0) / width);
    }
  }
  return result;
}

/// Samples a picture: (down.count, across.count) mean differences from `background`, which is also
/// what lies outside of the picture.
std::vector<double> sample(const Picture& picture, double background, const Axis& down,
                           const Axis& across) {
  const std::vector<Window> row_windows = windows(down, picture.rows);
  const std::vector<Window> column_windows = windows(across, picture.columns);
  std::vector<double> result(row_windows.size() * column_windows.size());
  std::vector<double> mean_row(static_cast<std::size_t>(picture.columns));
  for (std::size_t r = 0; r < row_windows.size(); ++r) {
    std::fill(mean_row.begin(), mean_row.end(), 0);
    const std::uint8_t* row = picture.pixels.data() + row_windows[r].begin * picture.columns;
    for (const double share : row_windows[r].shares) {
      for (std::size_t c = 0; c < mean_row.size(); ++c)
        mean_row[c] += share * (row[c] - background);
      row += picture.columns;
    }
    for (std::size_t c = 0; c < column_windows.size(); ++c) {
      const double* value = mean_row.data() + column_windows[c].begin;
      for (const double share : column_windows[c].shares)
        result[r * column_windows.size() + c] += share * *value++;
    }
  }
  return result;
}

/// What a picture's ink takes up along one axis, in pixels.
struct Extent {
  double begin, end;
  double centre_of_mass;
};

/// Where the digit is in a picture, and how it is told from what it is written on.
struct Ink {
  double background;  // grey level
  double sign;        // 1 for ink lighter than the background, -1 for darker ink
  double noise;       // differences from the background that mean nothing
  Extent down, across;
};

/// The extent of the ink in sums over rows (or columns) that are `step` pixels high. Specks of dust
/// do not count: what has less than 0.2 % of the ink is cut off at either end.
Extent extent(const std::vector<double>& sure_ink, const std::vector<double>& all_ink,
              double step) {
  double total = 0;
  for (const double ink : sure_ink) total += ink;
  const auto ends_at = [&](auto begin, auto end) {
    double sum = 0;
    return std::find_if(begin, end, [&](double ink) { return (sum += ink) > 0.002 * total; }) -
           begin;
  };
  const auto length = static_cast<std::ptrdiff_t>(sure_ink.size());
  const std::ptrdiff_t first = ends_at(sure_ink.begin(), sure_ink.end());
  const std::ptrdiff_t last = length - ends_at(sure_ink.rbegin(), sure_ink.rend());
  double mass = 0, moment = 0;
  for (std::ptrdiff_t i = first; i < last; ++i) {
    mass += all_ink[static_cast<std::size_t>(i)];
    moment += all_ink[static_cast<std::size_t>(i)] * (static_cast<double>(i) + 0.5);
  }
  return {static_cast<double>(first) * step, static_cast<double>(last) * step,
          moment / mass * step};
}

[[noreturn]] void fail_empty(const fs::path& file) {
  throw Error(fmt::format("{}: expected a digit, found an empty picture", file.string()));
}

Ink find_ink(const Picture& picture, const fs::path& file) {
  const auto overview_axis = [&](Index length) {
    const Index longest = std::max(picture.rows, picture.columns);
    const Index count =
        longest <= overview_side ? length : (length * overview_side + longest - 1) / longest;
    return Axis{0, static_cast<double>(length) / static_cast<double>(count), count};
  };
  const Axis down = overview_axis(picture.rows), across = overview_axis(picture.columns);
  const std::vector<double> levels = sample(picture, 0, down, across);

  std::vector<double> border;
  for (const std::size_t p : border_positions(down.count, across.count))
    border.push_back(levels[p]);
  Ink ink{};
  ink.background = median(border);
  for (double& level : border) level = std::abs(level - ink.background);
  const auto [darkest, lightest] = std::minmax_element(levels.begin(), levels.end());
  const bool is_light = *lightest - ink.background > ink.background - *darkest;
  ink.sign = is_light ? 1 : -1;
  const double contrast = is_light ? *lightest - ink.background : ink.background - *darkest;
  if (contrast < least_contrast) fail_empty(file);
  // Six times the median deviation are four standard deviations of normally distributed noise.
  ink.noise = std::min(6 * median(border), contrast / 2);
  const double threshold = std::max(ink.noise, contrast / 10);

  std::vector<double> sure_rows(static_cast<std::size_t>(down.count)), all_rows = sure_rows;
  std::vector<double> sure_columns(static_cast<std::size_t>(across.count)),
      all_columns = sure_columns;
  for (std::size_t r = 0; r < sure_rows.size(); ++r)
    for (std::size_t c = 0; c < sure_columns.size(); ++c) {
      const double level = ink.sign * (levels[r * sure_columns.size() + c] - ink.background);
      const double sure = level > threshold ? level : 0;
      const double all = std::max(level - ink.noise, 0.0);
      sure_rows[r] += sure;
      sure_columns[c] += sure;
      all_rows[r] += all;
      all_columns[c] += all;
    }
  ink.down = extent(sure_rows, all_rows, down.step);
  ink.across = extent(sure_columns, all_columns, across.step);
  return ink;
}

/// Along one axis, the 28 pixels that have the ink's centre of mass in their middle, or as near to
/// it as all of the ink allows.
Axis around(const Extent& extent, double step) {
  if (step == 1) {  // pixels are kept, not interpolated
    const double start = std::floor(extent.centre_of_mass) - std::floor(centre);
    return {std::clamp(start, std::floor(extent.end) - image_side, std::ceil(extent.begin)), 1,
            image_side};
  }
  const double start = extent.centre_of_mass - centre * step;
  return {std::clamp(start, extent.end - image_side * step, extent.begin), step, image_side};
}

/// Whether pixel `i` of an axis shows the ink, or the edge of it.
bool shows(const Axis& axis, Index i, const Extent& extent) {
  const double middle = axis.start + (static_cast<double>(i) + 0.5) * axis.step;
  return middle > extent.begin - axis.step && middle < extent.end + axis.step;
}

}  // namespace

std::vector<std::uint8_t> read_digit(const fs::path& file) {
  const Picture picture = read_picture(file);
  const Ink ink = find_ink(picture, file);
  const double longest = std::max(ink.down.end - ink.down.begin, ink.across.end - ink.across.begin);
  double step = longest / ink_size;
  if (std::abs(step - 1) < 0.1) step = 1;  // so little is not worth the blur
  const Axis down = around(ink.down, step), across = around(ink.across, step);

  std::vector<double> levels = sample(picture, ink.background, down, across);
  double strongest = 0;
  for (Index r = 0; r < image_side; ++r)
    for (Index c = 0; c < image_side; ++c) {
      double& level = levels[static_cast<std::size_t>(r * image_side + c)];
      level = shows(down, r, ink.down) && shows(across, c, ink.across) ? ink.sign * level : 0;
      strongest = std::max(strongest, level);
    }
  if (strongest == 0) fail_empty(file);
  // Thin lines are fainter now, and so is the noise.
  const double noise = std::min(ink.noise, strongest / 2);
  std::vector<std::uint8_t> pixels;
  for (const double level : levels)
    pixels.push_back(static_cast<std::uint8_t>(
        std::lround(std::max(level - noise, 0.0) / (strongest - noise) * 255)));
  return pixels;
}

}  // namespace scanline::datasets
