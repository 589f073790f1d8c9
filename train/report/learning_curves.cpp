#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <sstream>

#include "scanline/train/report/detail/canvas.hpp"
#include "scanline/train/report/plot.hpp"

namespace scanline::train {
namespace {

struct Curve {
  Stroke stroke;
  std::vector<Point> points;  // epoch, value
};

struct Tick {
  double value;
  std::string label;
};

/// The values from one edge of a panel to the other, and those that are marked.
struct Axis {
  double low, high;
  std::vector<Tick> ticks;
  /// Where a value lies, from 0 at the low edge to 1.
  double share(double value) const { return (value - low) / (high - low); }
};

/// The smallest of 1, 2, 5, 10, 20, ... and their tenths and so on that cuts `span` into at most
/// `most` pieces.
double tick_step(double span, double most) {
  const double power = std::pow(10, std::floor(std::log10(span / most)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power * most >= span) return factor * power;
  return 10 * power;
}

/// The multiples of `step` from `low` to `high`.
std::vector<Tick> ticks(double low, double high, double step) {
  const auto decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  std::vector<Tick> result;
  for (double n = std::ceil(low / step - 1e-9) + 0.0; n * step <= high + 1e-9 * step; ++n)
    result.push_back({n * step, step < 1e-4 || step >= 1e4
                                    ? fmt::format("{:.3g}", n * step)
                                    : fmt::format("{:.{}f}", n * step, decimals)});
  return result;
}

/// From 0 to the first tick that is not below `high`.
Axis axis_from_zero(double high, double most_ticks) {
  const double step = tick_step(high, most_ticks);
  const double end = step * std::ceil(high / step - 1e-9);
  return {0, end, ticks(0, end, step)};
}

// Losses fall by powers of ten: they are drawn by their logarithm.
constexpr double least_loss = 1e-6;
double loss_height(double loss) {
  return std::isfinite(loss) ? std::log10(std::max(loss, least_loss)) : loss;
}

/// The heights of the powers of ten times each factor, from the last that is not above `low` to the
/// first that is not below `high`, and at least two.
std::vector<Tick> loss_ticks(double low, double high, const std::vector<double>& factors) {
  constexpr double rounding = 1e-9;
  std::vector<Tick> result;
  for (double power = std::floor(low); true; ++power)
    for (const double factor : factors) {
      const double height = power + std::log10(factor);
      if (height <= low + rounding) result.clear();
      result.push_back({height, fmt::format("{:.4g}", factor * std::pow(10, power))});
      if (result.size() > 1 && height >= high - rounding) return result;
    }
}

/// Around heights from `low` to `high`, from tick to tick.
Axis loss_axis(double low, double high) {
  constexpr std::size_t most_ticks = 8;
  std::vector<Tick> marks = loss_ticks(low, high, {1, 2, 5});
  if (marks.size() > most_ticks) marks = loss_ticks(low, high, {1});
  return {marks.front().value, marks.back().value, marks};
}

// Of accuracies near 1, which all are soon, one wants to see how much is left: they are drawn by
// the logarithm of the error.
constexpr double least_error = 1e-4;
double accuracy_height(double accuracy) {
  return std::isfinite(accuracy) ? -std::log10(std::max(1 - accuracy, least_error)) : accuracy;
}

/// Around heights from `low` to `high`, from tick to tick.
Axis accuracy_axis(double low, double high) {
  const std::vector<double> errors{1,     0.5,   0.2,   0.1,    0.05,   0.02,  0.01,
                                   0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001};
  std::size_t first = 0, last = errors.size() - 1;
  while (first + 1 < last && accuracy_height(1 - errors[first + 1]) <= low) ++first;
  while (last > first + 1 && accuracy_height(1 - errors[last - 1]) >= high) --last;
  Axis axis{accuracy_height(1 - errors[first]), accuracy_height(1 - errors[last]), {}};
  for (std::size_t i = first; i <= last; ++i)
    axis.ticks.push_back({accuracy_height(1 - errors[i]), fmt::format("{:.4g}", 1 - errors[i])});
  return axis;
}

/// The largest finite value of the curves, or the smallest; `fallback` where there is none.
double extreme(const std::vector<Curve>& curves, double fallback,
               const std::function<bool(double, double)>& is_better) {
  std::optional<double> best;
  for (const Curve& curve : curves)
    for (const Point& point : curve.points)
      if (std::isfinite(point.y) && (!best || is_better(point.y, *best))) best = point.y;
  return best.value_or(fallback);
}

void draw_axes(Canvas& canvas, const Box& box, const std::string& title, const Axis& x,
               const Axis& y) {
  constexpr TextStyle label{.size = 11};
  canvas.text({box.left, box.top - 14}, title, {.bold = true});
  for (const Tick& tick : y.ticks) {
    const double at = box.bottom() - box.height * y.share(tick.value);
    canvas.line({{box.left, at}, {box.right(), at}}, {.opacity = 0.15});
    canvas.text({box.left - 7, at}, tick.label, {.size = label.size, .align = Align::right});
  }
  for (const Tick& tick : x.ticks) {
    const double at = box.left + box.width * x.share(tick.value);
    canvas.line({{at, box.bottom()}, {at, box.bottom() + 4}}, {.opacity = 0.5});
    canvas.text({at, box.bottom() + 13}, tick.label, {.size = label.size, .align = Align::middle});
  }
  canvas.text({box.middle().x, box.bottom() + 30}, "epoch",
              {.size = label.size, .align = Align::middle});
}

void draw_curve(Canvas& canvas, const Box& box, const Axis& x, const Axis& y, const Curve& curve) {
  // So many that one can still tell them apart.
  const bool marks = curve.points.size() <= 40;
  std::vector<Point> run;  // of finite values
  const auto draw_run = [&] {
    if (run.size() > 1) canvas.line(run, curve.stroke);
    for (const Point& point : run)
      if (marks || run.size() == 1) canvas.disc(point, 2.5, curve.stroke.colour);
    run.clear();
  };
  for (const Point& point : curve.points) {
    if (std::isfinite(point.y))
      run.push_back(
          {box.left + box.width * x.share(point.x), box.bottom() - box.height * y.share(point.y)});
    else
      draw_run();
  }
  draw_run();
}

/// The values of all epochs that have one.
template <class Value>
Curve curve_of(const std::vector<EpochFigures>& epochs, const Stroke& stroke,
               const Value& value_of) {
  Curve result{stroke, {}};
  for (const EpochFigures& figures : epochs)
    if (const std::optional<double> value = value_of(figures))
      result.points.push_back({static_cast<double>(figures.epoch), *value});
  return result;
}

std::optional<double> height(double (*height_of)(double), const std::optional<double>& value) {
  return value ? std::optional(height_of(*value)) : std::nullopt;
}

/// Half an epoch is to spare on both sides, so that a single one has a place too.
Axis epoch_axis(const std::vector<EpochFigures>& epochs) {
  const double first = epochs.empty() ? 1 : static_cast<double>(epochs.front().epoch);
  const double last = epochs.empty() ? 1 : static_cast<double>(epochs.back().epoch);
  return {first - 0.5, last + 0.5,
          ticks(first, last, std::max(1.0, tick_step(last - first + 1, 10)))};
}

/// Both kinds of curves have names at the top right, that of validation only where there is some.
void draw_legend(Canvas& canvas, double right_edge, const std::vector<Curve>& losses) {
  double right = right_edge;
  const auto draw_name = [&](const std::string& name, const Stroke& stroke) {
    canvas.text({right, 20}, name, {.align = Align::right});
    right -= text_width(name, {}) + 8;
    canvas.line({{right - 30, 20}, {right, 20}}, stroke);
    canvas.disc({right - 15, 20}, 2.5, stroke.colour);
    right -= 30 + 20;
  };
  if (!losses[1].points.empty()) draw_name("validation", losses[1].stroke);
  draw_name("training", losses[0].stroke);
}

void draw_panel(Canvas& canvas, const Box& box, const std::string& title, const Axis& x,
                const Axis& y, const std::vector<Curve>& curves) {
  draw_axes(canvas, box, title, x, y);
  for (const Curve& curve : curves) draw_curve(canvas, box, x, y, curve);
}

constexpr TextStyle note_style{.size = 11};

/// The text in lines that are at most that wide.
std::vector<std::string> note_lines(const std::string& note, double width) {
  std::vector<std::string> lines;
  std::istringstream words(note);
  for (std::string word; words >> word;) {
    if (lines.empty() || text_width(lines.back() + " " + word, note_style) > width)
      lines.push_back(word);
    else
      lines.back() += " " + word;
  }
  return lines;
}

}  // namespace

Picture learning_curves(const std::vector<EpochFigures>& epochs, const std::string& note) {
  constexpr double width = 800, margin = 20, left = 62, top = 58, right_edge = width - margin;
  // Told apart without their colours too.
  constexpr Stroke training{.colour = blue, .width = 2, .dashed = true},
      validation{.colour = vermilion, .width = 2};
  using Figures = EpochFigures;
  const std::vector<Curve> losses{
      curve_of(epochs, training,
               [](const Figures& f) { return height(loss_height, f.train_loss); }),
      curve_of(epochs, validation,
               [](const Figures& f) { return height(loss_height, f.val_loss); })};
  const std::vector<Curve> accuracies{
      curve_of(epochs, training,
               [](const Figures& f) { return height(accuracy_height, f.train_accuracy); }),
      curve_of(epochs, validation,
               [](const Figures& f) { return height(accuracy_height, f.val_accuracy); })};
  const std::vector<Curve> rates{
      curve_of(epochs, {.width = 2}, [](const Figures& f) { return f.learning_rate; })};

  const Axis x = epoch_axis(epochs);
  const Box loss_box{left, top, 320, 230};
  const Box accuracy_box{right_edge - 320, top, 320, 230};
  const Box rate_box{left, loss_box.bottom() + 74, right_edge - left, 80};
  const bool has_rates = !rates[0].points.empty();
  const double bottom = (has_rates ? rate_box : loss_box).bottom() + 44;
  const std::vector<std::string> lines = note_lines(note, right_edge - left);
  constexpr double line_height = 16, gap = 10;
  Canvas canvas(width, lines.empty()
                           ? bottom
                           : bottom + gap + line_height * static_cast<double>(lines.size()));

  const std::greater<> above;
  const std::less<> below;
  draw_legend(canvas, right_edge, losses);
  draw_panel(canvas, loss_box, "loss", x,
             loss_axis(extreme(losses, -1, below), extreme(losses, 0, above)), losses);
  draw_panel(canvas, accuracy_box, "accuracy", x,
             accuracy_axis(extreme(accuracies, 0, below), extreme(accuracies, 1, above)),
             accuracies);
  if (has_rates) {
    const double highest = extreme(rates, 1, above);
    draw_panel(canvas, rate_box, "learning rate", x, axis_from_zero(highest > 0 ? highest : 1, 3),
               rates);
  }
  for (std::size_t i = 0; i < lines.size(); ++i)
    canvas.text({left, bottom + gap + line_height * static_cast<double>(i)}, lines[i], note_style);
  return canvas.picture();
}

}  // namespace scanline::train
