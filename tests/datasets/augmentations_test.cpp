#include "scanline/datasets/augmentations.hpp"

#include <algorithm>
#include <vector>

#include "scanline/datasets/deformation.hpp"
#include "tests/catch.hpp"

using namespace scanline;
using datasets::Augmentation;
using datasets::Augmentations;
using datasets::Deformation;

namespace {

const std::vector<std::uint8_t> pixels{0, 50, 100, 150, 200, 250, 0, 10, 20, 30, 40, 50};

std::vector<float> applied(const Augmentation& augmentation) {
  std::vector<float> to(12);
  Random random(5, Purpose::augment, 2, 3);
  augmentation.apply(random, pixels.data(), 3, 4, to.data());
  return to;
}

/// What a program of one's own may add: the image, darkened by a random factor.
struct Darken : Augmentation {
  struct Options {
    double least = 0.5;
    void declare(Fields& fields) { fields.add("least-light", least, {0.0, 1.0}, "Darkest factor"); }
  };
  explicit Darken(const Options& options) : least_(options.least) {}
  void apply(Random& random, const std::uint8_t* from, Index rows, Index columns,
             float* to) const override {
    const auto factor = static_cast<float>(random.uniform(least_, 1));
    std::transform(from, from + rows * columns, to,
                   [&](std::uint8_t pixel) { return factor * static_cast<float>(pixel); });
  }
  double least_;
};

}  // namespace

TEST_CASE("augmentations are made by name") {
  const Augmentations table = datasets::built_in_augmentations();
  CHECK(table.names() == std::vector<std::string>{"none", "affine", "elastic"});
  const auto made = [&](const char* name) { return applied(*table.find(name).choose()->make()); };
  CHECK(made("none") == std::vector<float>(pixels.begin(), pixels.end()));
  CHECK(made("affine") == applied(Deformation({10, 0.1, 1.5, 0.1, 0})));
  CHECK(made("elastic") == applied(Deformation({10, 0.1, 1.5, 0.1, 3})));
  CHECK_THROWS_WITH(table.find("elatsic"), ContainsSubstring("did you mean elastic?"));
}

TEST_CASE("a program adds an augmentation of its own") {
  Augmentations table = datasets::built_in_augmentations();
  table.add(Augmentations::entry<Darken>("darken", "Takes light away"));
  const auto factory = table.find("darken").choose();
  Fields fields;
  factory->declare(fields);
  fields.find("least-light")->read("0.9");
  const std::vector<float> found = applied(*factory->make());
  CHECK(found[5] >= 0.9F * 250);
  CHECK(found[5] < 250);
  CHECK(found[4] / found[5] == Approx(0.8));
}
