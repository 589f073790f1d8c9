#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

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

}  // namespace

Picture learning_curves(const std::vector<EpochFigures>& epochs) {
  constexpr double width = 800, margin = 20, left = 62, top = 58, right_edge = width - margin;
  // Told apart without their colours too.
  constexpr Stroke training{.colour = blue, .width = 2, .dashed = true},
      validation{.colour = vermilion, .width = 2};
  const auto curve = [&](const Stroke& stroke, const auto& value_of) {
    Curve result{stroke, {}};
    for (const EpochFigures& figures : epochs)
      if (const std::optional<double> value = value_of(figures))
        result.points.push_back({static_cast<double>(figures.epoch), *value});
    return result;
  };
  const std::vector<Curve> losses{
      curve(training, [](const auto& f) { return std::optional(f.train_loss); }),
      curve(validation, [](const auto& f) { return f.val_loss; })};
  const std::vector<Curve> accuracies{
      curve(training,
            [](const auto& f) { return std::optional(accuracy_height(f.train_accuracy)); }),
      curve(validation, [](const auto& f) {
        return f.val_accuracy ? std::optional(accuracy_height(*f.val_accuracy)) : std::nullopt;
      })};
  const Curve rates = curve({.width = 2}, [](const auto& f) { return f.learning_rate; });

  const double first = epochs.empty() ? 1 : static_cast<double>(epochs.front().epoch);
  const double last = epochs.empty() ? 1 : static_cast<double>(epochs.back().epoch);
  // Half an epoch to spare on both sides, so that a single one has a place too.
  const Axis x{first - 0.5, last + 0.5,
               ticks(first, last, std::max(1.0, tick_step(last - first + 1, 10)))};

  const Box loss_box{left, top, 320, 230};
  const Box accuracy_box{right_edge - 320, top, 320, 230};
  const Box rate_box{left, loss_box.bottom() + 74, right_edge - left, 80};
  const bool has_rates = !rates.points.empty();
  Canvas canvas(width, (has_rates ? rate_box : loss_box).bottom() + 44);

  double legend = right_edge;
  const auto draw_legend = [&](const std::string& name, const Stroke& stroke) {
    canvas.text({legend, 20}, name, {.align = Align::right});
    legend -= text_width(name, {}) + 8;
    canvas.line({{legend - 30, 20}, {legend, 20}}, stroke);
    canvas.disc({legend - 15, 20}, 2.5, stroke.colour);
    legend -= 30 + 20;
  };
  if (!losses[1].points.empty()) draw_legend("validation", validation);
  draw_legend("training", training);

  const double worst_loss = extreme(losses, 1, std::greater<>());
  const Axis loss_axis = axis_from_zero(worst_loss > 0 ? worst_loss : 1, 5);
  draw_axes(canvas, loss_box, "loss", x, loss_axis);
  for (const Curve& c : losses) draw_curve(canvas, loss_box, x, loss_axis, c);

  const Axis heights = accuracy_axis(extreme(accuracies, 0, std::less<>()),
                                     extreme(accuracies, 1, std::greater<>()));
  draw_axes(canvas, accuracy_box, "accuracy", x, heights);
  for (const Curve& c : accuracies) draw_curve(canvas, accuracy_box, x, heights, c);

  if (has_rates) {
    const double highest = extreme({rates}, 1, std::greater<>());
    const Axis rate_axis = axis_from_zero(highest > 0 ? highest : 1, 3);
    draw_axes(canvas, rate_box, "learning rate", x, rate_axis);
    draw_curve(canvas, rate_box, x, rate_axis, rates);
  }
  return canvas.picture();
}

}  // namespace scanline::train
