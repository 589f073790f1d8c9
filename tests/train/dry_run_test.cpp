#include "scanline/train/dry_run.hpp"

#include <filesystem>

#include "tests/catch.hpp"
#include "tests/train/runs.hpp"

using namespace scanline;
using test::run_scanline;
namespace fs = std::filesystem;

TEST_CASE("the time of a run is estimated from all of its parts") {
  const train::WorkTimes times{.step = 0.5, .evaluated_image = 0.001, .epoch_end = 2, .run_end = 7};
  train::RunWork work{.steps = 100, .epochs = 4, .validation_images = 3000, .test_images = 10000};
  // 50 in steps, 4 (3 + 2) after epochs, 10 in the test, 7 at the end.
  CHECK(train::estimate_seconds(work, times) == Approx(87));
  work.max_train_seconds = 20;
  CHECK(train::estimate_seconds(work, times) == Approx(57));
}

TEST_CASE("a dry run tries everything, estimates the whole run and leaves nothing") {
  const test::Workspace space;
  const test::Outcome outcome =
      run_scanline(space.path(), test::tiny + "--epochs 20 --dry-run", "mkdir -p tmp; TMPDIR=tmp");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find("test accuracy ") == 0);
  CHECK_FALSE(fs::exists(space.path() / "runs"));
  CHECK(fs::is_empty(space.path() / "tmp"));
  // 11 steps an epoch.
  CHECK_THAT(outcome.err, ContainsSubstring("the whole run of 220 steps will take about ") &&
                              ContainsSubstring(" GB of memory") &&
                              Catch::Matchers::EndsWith("the dry run looks fine\n"));
  CHECK(outcome.err.find("tmp/") == std::string::npos);
  CHECK(outcome.err.find("confidence") == std::string::npos);
}

TEST_CASE("a dry run does no more than a short run would") {
  const test::Workspace space;
  const test::Outcome outcome = run_scanline(
      space.path(), test::tiny + "--epochs 3 --max-steps 1 --val-size 0 --log-every 1 --dry-run");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, ContainsSubstring("the whole run of 1 step will take about "));
}
