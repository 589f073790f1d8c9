#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scanline/train/report/detail/canvas.hpp"
#include "scanline/train/report/plot.hpp"

namespace scanline::train {
namespace {

/// The weights that one direction of a layer gives to its input.
struct Direction {
  std::string name;  // of the tensor
  Array weights;     // (G*H, I)
  Index gates;       // G
};

std::vector<Direction> find_directions(const NamedArrays& weights) {
  std::vector<Direction> directions;
  for (const auto& [name, array] : weights) {
    if (!name.ends_with("weight_ih_l0") && !name.ends_with("weight_ih_l0_reverse")) continue;
    std::string recurrent = name;
    recurrent.replace(recurrent.rfind("_ih_"), 4, "_hh_");
    const auto found = weights.find(recurrent);
    if (found == weights.end() || array.rank() != 2 || found->second.rank() != 2) continue;
    directions.push_back(
        {name, array.to(DType::float32), array.shape()[0] / found->second.shape()[1]});
  }
  return directions;
}

/// What the gates of a layer are called that has so many, in PyTorch's order.
std::string gate_name(Index gate, Index gates) {
  const auto i = static_cast<std::size_t>(gate);
  if (gates == 4)
    return std::vector{"input gate", "forget gate", "cell candidate", "output gate"}[i];
  if (gates == 3) return std::vector{"reset gate", "update gate", "candidate"}[i];
  return gates == 1 ? "hidden state" : fmt::format("gate {}", gate + 1);
}

/// Blue below 0, paper at 0, vermilion above, and darker from half of `limit` on.
Colour diverging(double value, double limit) {
  const double share = std::abs(value) / limit;
  const Colour& pure = value < 0 ? blue : vermilion;
  return share < 0.5 ? mix(paper, pure, 2 * share) : mix(pure, black, 1.4 * (share - 0.5));
}

double largest_magnitude(const std::vector<Direction>& directions) {
  double largest = 0;
  for (const Direction& direction : directions)
    for (Index i = 0; i < direction.weights.size(); ++i) {
      const double magnitude = std::abs(direction.weights.at(i));
      if (std::isfinite(magnitude)) largest = std::max(largest, magnitude);
    }
  return largest;
}

Raster to_raster(const Array& weights, double limit) {
  Raster raster{weights.shape()[0], weights.shape()[1], {}};
  for (Index i = 0; i < weights.size(); ++i) {
    const double value = weights.at(i);
    raster.pixels.push_back(std::isfinite(value) ? diverging(value, limit) : black);
  }
  return raster;
}

void draw_scale(Canvas& canvas, const Box& box, double limit) {
  Raster shades{101, 1, {}};  // odd, so that one is that of 0
  for (Index i = 0; i < shades.rows; ++i)
    shades.pixels.push_back(diverging(1 - static_cast<double>(i) / 50, 1));
  canvas.image(box, shades);
  canvas.frame(box, {.opacity = 0.3});
  constexpr TextStyle style{.size = 11};
  canvas.text({box.right() + 6, box.top}, fmt::format("{:+.2g}", limit), style);
  canvas.text({box.right() + 6, box.middle().y}, "0", style);
  canvas.text({box.right() + 6, box.bottom()}, fmt::format("{:+.2g}", -limit), style);
}

}  // namespace

std::optional<Picture> input_weights(const NamedArrays& weights) {
  constexpr double margin = 20, top = 52, gap = 22, panel_width = 168, panel_height = 256;
  constexpr double left = margin + 46, row_height = panel_height + 80;
  const std::vector<Direction> directions = find_directions(weights);
  if (directions.empty()) return {};
  Index most_gates = 0;
  for (const Direction& direction : directions) most_gates = std::max(most_gates, direction.gates);
  const double largest = largest_magnitude(directions);
  const double limit = largest > 0 ? largest : 1;

  const double scale_left = left + (panel_width + gap) * static_cast<double>(most_gates);
  Canvas canvas(std::max(460.0, scale_left + 14 + 60 + margin),
                top + row_height * static_cast<double>(directions.size()));
  canvas.text({margin, 22}, "Input weights", {.size = 14, .bold = true});
  double row = top;
  for (const Direction& direction : directions) {
    const Index units = direction.weights.shape()[0] / direction.gates;
    canvas.text({left, row}, direction.name, {.bold = true});
    for (Index gate = 0; gate < direction.gates; ++gate) {
      const Box box{left + (panel_width + gap) * static_cast<double>(gate), row + 40, panel_width,
                    panel_height};
      canvas.text({box.left, row + 26}, gate_name(gate, direction.gates));
      canvas.image(box, to_raster(direction.weights.rows(gate * units, (gate + 1) * units), limit));
      canvas.frame(box, {.opacity = 0.3});
      const double below = box.bottom() + 13;
      canvas.text({box.left, below}, "1", {.size = 11});
      canvas.text({box.middle().x, below}, "input", {.size = 11, .align = Align::middle});
      canvas.text({box.right(), below}, fmt::to_string(direction.weights.shape()[1]),
                  {.size = 11, .align = Align::right});
      if (gate > 0) continue;
      canvas.text({box.left - 8, box.top + 6}, "1", {.size = 11, .align = Align::right});
      canvas.text({box.left - 14, box.middle().y}, "hidden unit",
                  {.size = 11, .align = Align::middle, .upwards = true});
      canvas.text({box.left - 8, box.bottom() - 6}, fmt::to_string(units),
                  {.size = 11, .align = Align::right});
    }
    row += row_height;
  }
  draw_scale(canvas, {scale_left, top + 40, 14, panel_height}, limit);
  return canvas.picture();
}

}  // namespace scanline::train
