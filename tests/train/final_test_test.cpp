#include "scanline/train/final_test.hpp"

#include <filesystem>
#include <string>

#include "tests/catch.hpp"
#include "tests/train/runs.hpp"

using namespace scanline;
using test::run_scanline;
using test::steady;
using test::Workspace;

TEST_CASE("the summary says which option ended a run before its last epoch") {
  const Workspace space;
  const auto summary = [&](const std::string& arguments) {
    const test::Outcome run = run_scanline(space.path(), arguments);
    INFO(run.err);
    CHECK(run.status == 0);
    return run.err;
  };
  const std::string train = steady + "--model mlp --exist-ok --out run ";
  // An epoch has 11 steps.
  CHECK_THAT(summary(train + "--epochs 3 --max-steps 15"),
             ContainsSubstring(" --max-steps 15 ended the run after step 15, within epoch 2\n"));
  std::filesystem::remove(space.path() / "run/model.safetensors");
  CHECK_THAT(summary("train --resume run --max-steps 0 --finish"),
             ContainsSubstring(" --finish ended the run after step 15, within epoch 2\n"));
  CHECK_THAT(summary("train --resume run --max-steps 22"),
             ContainsSubstring(" --max-steps 22 ended the run after step 22, after epoch 2\n"));
  CHECK_THAT(summary("train --resume run --max-steps 0"), !ContainsSubstring("ended the run"));
  CHECK_THAT(summary(train + "--epochs 100000 --max-time 0.005"),
             ContainsSubstring(" --max-time 0.005 ended the run after step "));
  CHECK_THAT(summary(train + "--epochs 9 --lr 1e-12 --patience 1 --min-delta 0.01"),
             ContainsSubstring(" stopped early: ") && !ContainsSubstring("ended the run"));
}
