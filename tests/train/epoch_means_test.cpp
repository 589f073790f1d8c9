#include "scanline/train/epoch_means.hpp"

#include "tests/catch.hpp"

using namespace scanline;

TEST_CASE("the means of an epoch weigh each batch by its images, and continue from their state") {
  train::EpochMeans means;
  CHECK(means.loss() == 0);
  CHECK(means.accuracy() == 0);
  means.add(2, 1, 0.5);
  CHECK(means.accuracy() == 0.5);
  Archive saved;
  means.state(saved);
  Archive loaded(saved.values(), saved.arrays());
  train::EpochMeans resumed;
  resumed.state(loaded);
  resumed.add(1, 1, 2);
  CHECK(resumed.images() == 3);
  CHECK(resumed.accuracy() == Approx(2.0 / 3));
  CHECK(resumed.loss() == Approx(1));
}
