#include "scanline/datasets/augmentations.hpp"

#include <algorithm>

#include "scanline/datasets/deformation.hpp"

namespace scanline::datasets {
namespace {

struct NoAugmentation : Augmentation {
  void apply(Random&, const std::uint8_t* pixels, Index rows, Index columns,
             float* to) const override {
    std::copy_n(pixels, rows * columns, to);
  }
};

constexpr Deformation::Limits affine{.rotation = 10, .scale = 0.1, .shift = 1.5, .shear = 0.1};

struct Affine : Deformation {
  Affine() : Deformation(affine) {}
};

struct Elastic : Deformation {
  Elastic() : Deformation({affine.rotation, affine.scale, affine.shift, affine.shear, 3}) {}
};

}  // namespace

Augmentations built_in_augmentations() {
  return {"augmentation",
          {Augmentations::entry<NoAugmentation>("none", "Images as they are"),
           Augmentations::entry<Affine>("affine",
                                        "Rotates by up to 10 degrees, scales, shifts and shears"),
           Augmentations::entry<Elastic>("elastic",
                                         "Does the same as affine, and bends images like rubber")}};
}

}  // namespace scanline::datasets
