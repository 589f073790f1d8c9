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
