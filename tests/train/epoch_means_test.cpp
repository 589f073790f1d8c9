#include "scanline/train/epoch_means.hpp"

#include <cmath>
#include <vector>

#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;

TEST_CASE("the means of an epoch weigh each batch by its images, and continue from their state") {
  const std::vector<float> logits{1, 2, 3, 0, 5, 5};  // of equal ones the first wins
  const Array all = Array::from(logits, {3, 2});
  train::EpochMeans means;
  CHECK(means.loss() == 0);
  CHECK(means.accuracy() == 0);
  means.add(all.rows(0, 2), test::indices({1, 1}), 0.5);
  CHECK(means.accuracy() == 0.5);
  Archive saved;
  means.state(saved);
  Archive loaded(saved.values(), saved.arrays());
  train::EpochMeans resumed;
  resumed.state(loaded);
  resumed.add(all.rows(2, 3), test::indices({0}), 2);
  CHECK(resumed.images() == 3);
  CHECK(resumed.accuracy() == Approx(2.0 / 3));
  CHECK(resumed.loss() == Approx(1));
}
