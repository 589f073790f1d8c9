#include "scanline/datasets/detail/resample.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace scanline::datasets {
namespace {

/// Which pixels of an image make up a pixel that is sampled from it, and their shares.
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

/// The same, but only pixels of the image count, so that shares add up to 1.
std::vector<Window> windows_within(Index count, Index length) {
  std::vector<Window> result =
      windows({0, static_cast<double>(length) / static_cast<double>(count), count}, length);
  for (Window& window : result) {
    double sum = 0;
    for (const double share : window.shares) sum += share;
    for (double& share : window.shares) share /= sum;
  }
  return result;
}

std::vector<double> weigh(const Image& image, double background,
                          const std::vector<Window>& row_windows,
                          const std::vector<Window>& column_windows) {
  std::vector<double> result(row_windows.size() * column_windows.size());
  std::vector<double> mean_row(static_cast<std::size_t>(image.columns));
  for (std::size_t r = 0; r < row_windows.size(); ++r) {
    std::fill(mean_row.begin(), mean_row.end(), 0);
    const std::uint8_t* row = image.pixels.data() + row_windows[r].begin * image.columns;
    for (const double share : row_windows[r].shares) {
      for (std::size_t c = 0; c < mean_row.size(); ++c)
        mean_row[c] += share * (row[c] - background);
      row += image.columns;
    }
    for (std::size_t c = 0; c < column_windows.size(); ++c) {
      const double* value = mean_row.data() + column_windows[c].begin;
      for (const double share : column_windows[c].shares)
        result[r * column_windows.size() + c] += share * *value++;
    }
  }
  return result;
}

}  // namespace

std::vector<double> resample(const Image& image, double background, const Axis& down,
                             const Axis& across) {
  return weigh(image, background, windows(down, image.rows), windows(across, image.columns));
}

std::vector<double> resample_whole(const Image& image, Index rows, Index columns) {
  return weigh(image, 0, windows_within(rows, image.rows), windows_within(columns, image.columns));
}

}  // namespace scanline::datasets
