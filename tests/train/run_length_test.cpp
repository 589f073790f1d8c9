#include "scanline/train/run_length.hpp"

#include "tests/catch.hpp"

using scanline::train::RunLength;

TEST_CASE("a run has the steps of its epochs, up to its limits") {
  CHECK(RunLength{.epochs = 3}.total_steps(11) == 33);
  CHECK(RunLength{.epochs = 3, .max_steps = 20}.total_steps(11) == 20);
  CHECK(RunLength{.epochs = 3, .max_steps = 50}.total_steps(11) == 33);
  const RunLength limited{.epochs = 3, .limit_train_batches = 4};
  CHECK(limited.steps_per_epoch(11) == 4);
  CHECK(limited.steps_per_epoch(2) == 2);
  CHECK(limited.total_steps(11) == 12);
}

TEST_CASE(
    "a step takes as many batches as are accumulated, the last one of an epoch what is left") {
  const RunLength length{.epochs = 3, .accumulate = 4};
  CHECK(length.batches_per_epoch(11) == 11);
  CHECK(length.steps_per_epoch(11) == 3);
  CHECK(length.total_steps(11) == 9);
  CHECK(length.begun_epochs(11) == 3);
  const RunLength limited{.epochs = 3, .max_steps = 3, .limit_train_batches = 5, .accumulate = 4};
  CHECK(limited.steps_per_epoch(11) == 2);
  CHECK(limited.total_steps(11) == 3);
  CHECK(limited.begun_epochs(11) == 2);
}
