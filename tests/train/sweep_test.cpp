#include "scanline/train/sweep.hpp"

#include "tests/catch.hpp"

using scanline::train::default_jobs;

// What a sweep does is tested with its command.
TEST_CASE("a sweep trains as many runs at once as there are cores for their threads") {
  CHECK(default_jobs(8, 0) == 8);
  CHECK(default_jobs(8, 1) == 8);
  CHECK(default_jobs(8, 3) == 2);
  CHECK(default_jobs(2, 4) == 1);
}
