#include "scanline/train/report/detail/curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scanline::train {
namespace {

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

void draw_panel(Canvas& canvas, const Box& box, const std::string& title, const Axis& x,
                const Axis& y, const std::vector<Curve>& curves) {
  draw_axes(canvas, box, title, x, y);
  for (const Curve& curve : curves) draw_curve(canvas, box, x, y, curve);
}

/// The heights of all epochs that have such a value.
Curve curve_of(const std::vector<EpochFigures>& epochs, const Stroke& stroke,
               const Quantity& quantity, double (*height)(double)) {
  Curve result{stroke, {}};
  for (const EpochFigures& figures : epochs)
    if (const std::optional<double> value = quantity(figures))
      result.points.push_back({static_cast<double>(figures.epoch), height(*value)});
  return result;
}

}  // namespace

Axis epoch_axis(Index first_epoch, Index last_epoch) {
  const auto first = static_cast<double>(first_epoch), last = static_cast<double>(last_epoch);
  return {first - 0.5, last + 0.5,
          ticks(first, last, std::max(1.0, tick_step(last - first + 1, 10)))};
}

Curve loss_curve(const std::vector<EpochFigures>& epochs, const Stroke& stroke,
                 const Quantity& loss) {
  return curve_of(epochs, stroke, loss, loss_height);
}

Curve accuracy_curve(const std::vector<EpochFigures>& epochs, const Stroke& stroke,
                     const Quantity& accuracy) {
  return curve_of(epochs, stroke, accuracy, accuracy_height);
}

Curve rate_curve(const std::vector<EpochFigures>& epochs) {
  return curve_of(
      epochs, {.width = 2}, [](const EpochFigures& f) { return f.learning_rate; },
      [](double rate) { return rate; });
}

void draw_losses(Canvas& canvas, const Box& box, const Axis& x, const std::vector<Curve>& curves) {
  draw_panel(canvas, box, "loss", x,
             loss_axis(extreme(curves, -1, std::less<>()), extreme(curves, 0, std::greater<>())),
             curves);
}

void draw_accuracies(Canvas& canvas, const Box& box, const Axis& x,
                     const std::vector<Curve>& curves) {
  draw_panel(canvas, box, "accuracy", x,
             accuracy_axis(extreme(curves, 0, std::less<>()), extreme(curves, 1, std::greater<>())),
             curves);
}

void draw_rates(Canvas& canvas, const Box& box, const Axis& x, const std::vector<Curve>& curves) {
  const double highest = extreme(curves, 1, std::greater<>());
  draw_panel(canvas, box, "learning rate", x, axis_from_zero(highest > 0 ? highest : 1, 3), curves);
}

}  // namespace scanline::train
