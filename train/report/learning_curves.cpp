#include <fmt/format.h>

#include <sstream>

#include "scanline/train/report/detail/curves.hpp"
#include "scanline/train/report/plot.hpp"

namespace scanline::train {
namespace {

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
      loss_curve(epochs, training, [](const Figures& f) { return f.train_loss; }),
      loss_curve(epochs, validation, [](const Figures& f) { return f.val_loss; })};
  const std::vector<Curve> accuracies{
      accuracy_curve(epochs, training, [](const Figures& f) { return f.train_accuracy; }),
      accuracy_curve(epochs, validation, [](const Figures& f) { return f.val_accuracy; })};
  const std::vector<Curve> rates{rate_curve(epochs)};

  const Axis x =
      epochs.empty() ? epoch_axis(1, 1) : epoch_axis(epochs.front().epoch, epochs.back().epoch);
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

  draw_legend(canvas, right_edge, losses);
  draw_losses(canvas, loss_box, x, losses);
  draw_accuracies(canvas, accuracy_box, x, accuracies);
  if (has_rates) draw_rates(canvas, rate_box, x, rates);
  for (std::size_t i = 0; i < lines.size(); ++i)
    canvas.text({left, bottom + gap + line_height * static_cast<double>(i)}, lines[i], note_style);
  return canvas.picture();
}

}  // namespace scanline::train
