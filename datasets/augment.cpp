#include "datasets/augment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/core/error.hpp"
#include "framework/core/shape.hpp"

namespace scanline::datasets {

std::vector<std::string> augmentation_names() { return {"none", "affine"}; }

Affine augmentation(const std::string& name) {
  if (name == "none") return {};
  if (name == "affine") return {.rotation = 10, .scale = 0.1, .shift = 1.5, .shear = 0.1};
  throw Error(fmt::format("there is no augmentation '{}'", name));
}

void move_at_random(const Affine& limits, Random& random, const std::uint8_t* pixels, Index rows,
                    Index columns, float* to) {
  const auto draw = [&](double limit) { return random.uniform(-limit, limit); };
  const double angle = draw(limits.rotation) * std::numbers::pi / 180;
  const double scale = 1 + draw(limits.scale);
  const double down = draw(limits.shift), right = draw(limits.shift), shear = draw(limits.shear);

  // With a frame of zeros, no pixel needs to be told whether its neighbours exist.
  const Index width = columns + 3;
  thread_local std::vector<float> framed;
  framed.assign(static_cast<std::size_t>((rows + 3) * width), 0.0F);
  for (Index row = 0; row < rows; ++row)
    std::copy_n(pixels + row * columns, columns, framed.data() + (row + 1) * width + 1);

  // Each new pixel is looked up where it came from, so this is the inverse transformation.
  const auto cosine = static_cast<float>(std::cos(angle) / scale),
             sine = static_cast<float>(std::sin(angle) / scale),
             slant = static_cast<float>(shear / scale);
  const float middle_row = static_cast<float>(rows - 1) / 2,
              middle_column = static_cast<float>(columns - 1) / 2;
  const auto last_row = static_cast<float>(rows), last_column = static_cast<float>(columns);
  for (Index row = 0; row < rows; ++row) {
    const float y = static_cast<float>(row) - middle_row - static_cast<float>(down);
    for (Index column = 0; column < columns; ++column) {
      const float x = static_cast<float>(column) - middle_column - static_cast<float>(right);
      // Positions in the frame, whose first row and column are number -1 of the image.
      const float from_row = 1 + std::clamp(middle_row + cosine * y - sine * x, -1.0F, last_row);
      const float from_column =
          1 + std::clamp(middle_column + sine * y + cosine * x + slant * y, -1.0F, last_column);
      const auto above = static_cast<Index>(from_row), before = static_cast<Index>(from_column);
      const float v = from_row - static_cast<float>(above),
                  u = from_column - static_cast<float>(before);
      const float* corner = framed.data() + above * width + before;
      const float upper = corner[0] + u * (corner[1] - corner[0]);
      const float lower = corner[width] + u * (corner[width + 1] - corner[width]);
      to[row * columns + column] = upper + v * (lower - upper);
    }
  }
}

}  // namespace scanline::datasets
