#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scanline/train/epoch_figures.hpp"
#include "scanline/train/report/detail/canvas.hpp"

namespace scanline::train {

/// A quantity over the epochs. It has gaps where it is not finite.
struct Curve {
  Stroke stroke;
  std::vector<Point> points;  // epoch, height
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

/// The axis of these epochs. Half an epoch is to spare on both sides, so that a single one has a
/// place too.
Axis epoch_axis(Index first, Index last);

/// What is drawn of an epoch.
using Quantity = std::function<std::optional<double>(const EpochFigures&)>;

/// Losses fall by powers of ten: they are drawn by their logarithm.
Curve loss_curve(const std::vector<EpochFigures>& epochs, const Stroke& stroke,
                 const Quantity& loss);
/// Of accuracies near 1, which all are soon, one wants to see how much is left: they are drawn by
/// the logarithm of the error.
Curve accuracy_curve(const std::vector<EpochFigures>& epochs, const Stroke& stroke,
                     const Quantity& accuracy);
Curve rate_curve(const std::vector<EpochFigures>& epochs);

// Each draws a panel with axes around the curves in it.
void draw_losses(Canvas& canvas, const Box& box, const Axis& x, const std::vector<Curve>& curves);
void draw_accuracies(Canvas& canvas, const Box& box, const Axis& x,
                     const std::vector<Curve>& curves);
void draw_rates(Canvas& canvas, const Box& box, const Axis& x, const std::vector<Curve>& curves);

}  // namespace scanline::train
