#include "scanline/train/report/detail/line_sheet.hpp"

#include <algorithm>
#include <numeric>

#include "scanline/predict/line_reading.hpp"
#include "scanline/train/report/detail/canvas.hpp"

namespace scanline::train {
namespace {

constexpr double margin = 20, gap = 14, top = 46, widest_sheet = 1024, scale = 1.5;
constexpr TextStyle caption_style{.size = 11};
constexpr TextStyle title_style{.size = 14, .bold = true};
constexpr Index samples = 24;

Raster to_raster(const LineImage& line) {
  Raster raster{line.rows, line.columns, {}};
  for (const float value : line.values)
    raster.pixels.push_back(mix(paper, black, std::clamp(static_cast<double>(value), 0.0, 1.0)));
  return raster;
}

/// Line `b` of a batch.
LineImage line_of(const datasets::Batch& batch, Index b) {
  const Index rows = batch.images.shape()[1], widest = batch.images.shape()[2];
  LineImage line{.rows = rows, .columns = batch.widths[static_cast<std::size_t>(b)]};
  for (Index row = 0; row < rows; ++row) {
    const float* from = batch.images.data<float>() + (b * rows + row) * widest;
    line.values.insert(line.values.end(), from, from + line.columns);
  }
  if (batch.labels.defined()) line.classes = characters_of(batch.labels, b);
  return line;
}

}  // namespace

std::vector<LineImage> find_lines(const datasets::Loader& loader,
                                  const std::vector<Index>& numbers) {
  std::vector<LineImage> lines;
  Index first = 0;
  for (const datasets::Batch& batch : loader.epoch()) {
    if (lines.size() == numbers.size()) break;
    const Index end = first + batch.images.shape()[0];
    while (lines.size() < numbers.size() && numbers[lines.size()] < end)
      lines.push_back(line_of(batch, numbers[lines.size()] - first));
    first = end;
  }
  return lines;
}

std::string text_of(const std::vector<Index>& classes, const std::vector<std::string>& names) {
  std::string text;
  for (const Index c : classes) text += names[static_cast<std::size_t>(c)];
  return text;
}

Picture line_sheet(const std::string& title, const std::vector<LineImage>& lines,
                   const std::vector<std::string>& captions) {
  // Places are found first, since they say how tall the sheet is.
  std::vector<Box> boxes;
  double left = margin, y = top, widest = text_width(title, title_style) + margin;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const double width = scale * static_cast<double>(lines[i].columns);
    const double height = scale * static_cast<double>(lines[i].rows);
    const double needed = std::max(width, text_width(captions[i], caption_style));
    if (left > margin && left + needed > widest_sheet - margin) {
      left = margin;
      y += height + 30;
    }
    boxes.push_back({left, y, width, height});
    left += needed + gap;
    widest = std::max(widest, left - gap);
  }
  Canvas canvas(std::max(460.0, widest + margin),
                boxes.empty() ? top + 40 : boxes.back().bottom() + 20 + margin);
  canvas.text({margin, 22}, title, title_style);
  if (lines.empty()) canvas.text({margin, top + 10}, "none");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    canvas.image(boxes[i], to_raster(lines[i]));
    canvas.frame(boxes[i], {.opacity = 0.3});
    canvas.text({boxes[i].left, boxes[i].bottom() + 12}, captions[i], caption_style);
  }
  return canvas.picture();
}

Picture line_samples(const datasets::Dataset& images, const std::vector<Index>& positions,
                     const SampleAugmentation& augmentation) {
  const datasets::Loader loader(
      images, positions,
      {.batch_size = samples, .seed = augmentation.seed, .augment = augmentation.augment});
  std::vector<Index> numbers(static_cast<std::size_t>(std::min(samples, loader.example_count())));
  std::iota(numbers.begin(), numbers.end(), Index{0});
  const std::vector<LineImage> lines = find_lines(loader, numbers);
  std::vector<std::string> captions;
  for (const LineImage& line : lines) captions.push_back(text_of(line.classes, images.class_names));
  return line_sheet("Lines of the images", lines, captions);
}

}  // namespace scanline::train
