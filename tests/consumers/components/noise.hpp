#pragma once

#include <algorithm>
#include <scanline/datasets/augmentations.hpp>
#include <scanline/framework/core/fields.hpp>

/// Brightens and darkens each pixel at random.
// [augmentation]
class Noise : public scanline::datasets::Augmentation {
 public:
  struct Options {
    double noise = 20;
    void declare(scanline::Fields& fields) {
      fields.add("noise", noise, {0, 255}, "Largest change of a pixel");
    }
  };
  explicit Noise(const Options& options) : noise_(options.noise) {}

  void apply(scanline::Random& random, const std::uint8_t* pixels, scanline::Index rows,
             scanline::Index columns, float* to) const override {
    for (scanline::Index i = 0; i < rows * columns; ++i)
      to[i] =
          static_cast<float>(std::clamp(pixels[i] + random.uniform(-noise_, noise_), 0.0, 255.0));
  }

 private:
  double noise_;
};
// [augmentation]
