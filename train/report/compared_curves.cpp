#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scanline/framework/core/error.hpp"
#include "scanline/train/report/detail/curves.hpp"
#include "scanline/train/report/plot.hpp"

namespace scanline::train {
namespace {

// Those of Okabe and Ito (2008) but for yellow, which is too pale for a line on white.
constexpr std::array<Colour, most_compared_runs> colours{{blue,
                                                          vermilion,
                                                          {0, 0.62, 0.451},
                                                          {0.8, 0.475, 0.655},
                                                          {0.902, 0.624, 0},
                                                          {0.337, 0.706, 0.914},
                                                          ink}};

bool is_validated(const ComparedRun& run) {
  return std::any_of(run.epochs.begin(), run.epochs.end(),
                     [](const EpochFigures& epoch) { return epoch.val_accuracy.has_value(); });
}

std::optional<double> loss_of(const EpochFigures& epoch, bool validated) {
  return validated ? epoch.val_loss : epoch.train_loss;
}

std::optional<double> accuracy_of(const EpochFigures& epoch, bool validated) {
  return validated ? epoch.val_accuracy : epoch.train_accuracy;
}

std::string legend_of(const ComparedRun& run) {
  const bool validated = is_validated(run);
  std::optional<double> best;
  for (const EpochFigures& epoch : run.epochs)
    if (const auto accuracy = accuracy_of(epoch, validated); accuracy && !(best >= *accuracy))
      best = accuracy;
  return best
             ? fmt::format("{}  ({}accuracy {:.4f})", run.name, validated ? "" : "training ", *best)
             : run.name;
}

}  // namespace

Picture compared_curves(const std::vector<ComparedRun>& runs) {
  constexpr double width = 800, margin = 20, left = 62, top = 58, right_edge = width - margin;
  constexpr double line_height = 18, gap = 56;
  if (runs.size() > colours.size())
    throw Error(fmt::format("expected at most {} runs for one picture, found {}", colours.size(),
                            runs.size()));
  std::vector<Curve> losses, accuracies;
  Index last = 1;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const bool validated = is_validated(runs[i]);
    const Stroke stroke{.colour = colours[i], .width = 2, .dashed = !validated};
    losses.push_back(loss_curve(runs[i].epochs, stroke, [validated](const EpochFigures& epoch) {
      return loss_of(epoch, validated);
    }));
    accuracies.push_back(accuracy_curve(
        runs[i].epochs, stroke,
        [validated](const EpochFigures& epoch) { return accuracy_of(epoch, validated); }));
    for (const EpochFigures& epoch : runs[i].epochs) last = std::max(last, epoch.epoch);
  }
  const Axis x = epoch_axis(1, last);
  const Box loss_box{left, top, 320, 230};
  const Box accuracy_box{right_edge - 320, top, 320, 230};
  const double legend = loss_box.bottom() + gap;
  Canvas canvas(width, legend + line_height * static_cast<double>(runs.size()) + margin / 2);
  const bool any_validated = std::any_of(runs.begin(), runs.end(), is_validated);
  canvas.text({margin, 22}, any_validated ? "On validation" : "On training",
              {.size = 14, .bold = true});
  draw_losses(canvas, loss_box, x, losses);
  draw_accuracies(canvas, accuracy_box, x, accuracies);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const double y = legend + line_height * static_cast<double>(i);
    canvas.line({{left, y}, {left + 30, y}}, losses[i].stroke);
    canvas.disc({left + 15, y}, 2.5, losses[i].stroke.colour);
    canvas.text({left + 38, y}, legend_of(runs[i]));
  }
  return canvas.picture();
}

}  // namespace scanline::train
