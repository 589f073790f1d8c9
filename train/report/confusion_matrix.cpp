#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "scanline/train/report/detail/canvas.hpp"
#include "scanline/train/report/plot.hpp"

namespace scanline::train {
namespace {

// The shades of the smallest shares. None at all is not shaded.
constexpr Colour faint_blue{0.9, 0.95, 0.98}, faint_orange{1, 0.94, 0.87};
// Right answers fill the diagonal, and shall not catch the eye.
constexpr Colour calm_blue{0.55, 0.75, 0.88};

constexpr double margin = 20, gap = 8, recall_width = 64;

double share_of(Index part, Index whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double widest(const std::vector<std::string>& texts, const TextStyle& style) {
  double result = 0;
  for (const std::string& text : texts) result = std::max(result, text_width(text, style));
  return result;
}

/// A name, and the shades for shares from 0 to `most` behind it. Returns where it ends.
double draw_scale(Canvas& canvas, const Point& at, const std::string& name, const Colour& low,
                  const Colour& high, double most) {
  constexpr double length = 60, space = 6;
  constexpr TextStyle style{.size = 11};
  double x = at.x;
  const auto write = [&](const std::string& text) {
    canvas.text({x, at.y}, text, style);
    x += text_width(text, style) + space;
  };
  write(name + "  0 %");
  Raster shades{1, 60, {}};
  for (Index i = 0; i < shades.columns; ++i)
    shades.pixels.push_back(mix(low, high, (static_cast<double>(i) + 0.5) / 60));
  canvas.image({x, at.y - 6, length, 12}, shades);
  x += length + space;
  write(fmt::format("{:.3g} %", 100 * most));
  return x;
}

using Counts = std::vector<std::vector<Index>>;  // (true class, prediction)

/// What the picture shows of all counts together.
struct Totals {
  explicit Totals(const Counts& confusion) {
    for (std::size_t r = 0; r < confusion.size(); ++r) {
      support.push_back(std::accumulate(confusion[r].begin(), confusion[r].end(), Index{0}));
      for (std::size_t c = 0; c < confusion.size(); ++c) {
        largest = std::max(largest, confusion[r][c]);
        if (r != c) largest_error = std::max(largest_error, share_of(confusion[r][c], support[r]));
      }
    }
  }

  std::vector<Index> support;  // images of each class
  Index largest = 0;           // count
  double largest_error = 0;    // as a share of its row
};

/// The names of the classes on the left and above, and the recall of each on the right. Long names
/// are written upwards.
void draw_names(Canvas& canvas, const Box& box, const Counts& confusion, const Totals& totals,
                const std::vector<std::string>& class_names, bool upwards) {
  const double side = box.width / static_cast<double>(confusion.size());
  const double recall_middle = box.right() + gap + recall_width / 2;
  canvas.text({box.middle().x, 52}, "predicted", {.align = Align::middle, .bold = true});
  canvas.text({margin + 6, box.middle().y}, "true",
              {.align = Align::middle, .bold = true, .upwards = true});
  canvas.text({recall_middle, box.top - 12}, "recall", {.align = Align::middle, .bold = true});
  for (std::size_t r = 0; r < confusion.size(); ++r) {
    const double middle = side * (static_cast<double>(r) + 0.5);  // of the row, and of column r
    canvas.text({box.left - gap, box.top + middle}, class_names[r], {.align = Align::right});
    canvas.text({box.left + middle, box.top - (upwards ? gap : 12)}, class_names[r],
                {.align = upwards ? Align::left : Align::middle, .upwards = upwards});
    const Index support = totals.support[r];
    canvas.text({recall_middle, box.top + middle},
                support == 0 ? "no images"
                             : fmt::format("{:.1f} %", 100 * share_of(confusion[r][r], support)),
                {.align = Align::middle});
  }
}

/// The counts on their shades, and the lines between them.
void draw_cells(Canvas& canvas, const Box& box, const Counts& confusion, const Totals& totals) {
  const double side = box.width / static_cast<double>(confusion.size());
  TextStyle style{.align = Align::middle, .colour = black};
  style.size *= std::min(1.0, (side - 6) / text_width(fmt::to_string(totals.largest), style));
  for (std::size_t r = 0; r < confusion.size(); ++r)
    for (std::size_t c = 0; c < confusion.size(); ++c) {
      if (confusion[r][c] == 0) continue;
      const double share = share_of(confusion[r][c], totals.support[r]);
      const Colour fill = r == c ? mix(faint_blue, calm_blue, share)
                                 : mix(faint_orange, vermilion, share / totals.largest_error);
      const Box cell{box.left + side * static_cast<double>(c),
                     box.top + side * static_cast<double>(r), side, side};
      canvas.rectangle(cell, fill);
      canvas.text(cell.middle(), fmt::to_string(confusion[r][c]), style);
    }
  for (std::size_t i = 0; i <= confusion.size(); ++i) {
    const double at = side * static_cast<double>(i);
    canvas.line({{box.left, box.top + at}, {box.right(), box.top + at}}, {.opacity = 0.2});
    canvas.line({{box.left + at, box.top}, {box.left + at, box.bottom()}}, {.opacity = 0.2});
  }
}

}  // namespace

Picture confusion_matrix(const std::vector<std::vector<Index>>& confusion,
                         const std::vector<std::string>& class_names) {
  const Totals totals(confusion);
  const auto classes = static_cast<double>(confusion.size());
  const double side = std::clamp(600 / classes, 24.0, 48.0);  // of a cell
  const double name_width = widest(class_names, {});
  const bool upwards = name_width > side - 6;  // where names are too long to stand side by side
  const double extent = side * classes;
  const Box box{margin + 24 + name_width + gap, 76 + (upwards ? name_width : 14), extent, extent};
  Canvas canvas(std::max(560.0, box.right() + gap + recall_width + margin), box.bottom() + 50);
  const Index images = std::accumulate(totals.support.begin(), totals.support.end(), Index{0});
  canvas.text({margin, 22}, fmt::format("Confusion matrix of {} images", images),
              {.size = 14, .bold = true});
  draw_names(canvas, box, confusion, totals, class_names, upwards);
  draw_cells(canvas, box, confusion, totals);
  const double bottom = box.bottom() + 28;
  const double middle = draw_scale(canvas, {margin, bottom}, "share of the row: right answers",
                                   faint_blue, calm_blue, 1);
  draw_scale(canvas, {middle + 24, bottom}, "errors", faint_orange, vermilion,
             totals.largest_error);
  return canvas.picture();
}

}  // namespace scanline::train
