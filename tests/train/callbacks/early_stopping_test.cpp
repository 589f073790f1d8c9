#include "scanline/train/callbacks/early_stopping.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "tests/catch.hpp"
#include "tests/train/runs.hpp"
#include "tests/train/small_run.hpp"

using namespace scanline;
using test::read_file;
using test::read_lines;
using test::run_scanline;
using test::steady;
using test::Workspace;

namespace {

train::EpochFigures figures(double val_loss) {
  train::EpochFigures result;
  result.val_loss = val_loss;
  result.val_accuracy = 0.5;
  return result;
}

}  // namespace

TEST_CASE("early stopping counts the epochs without improvement") {
  test::SmallRun run;
  train::Trainer& trainer = run.trainer({});
  train::EarlyStopping stopping({.patience = 2, .min_delta = 0.1});
  const auto after = [&](double loss) {
    train::EpochFigures epoch = figures(loss);
    stopping.on_epoch_end(trainer, epoch);
    return stopping.stop_reason();
  };
  CHECK(after(1).empty());
  CHECK(after(0.95).empty());  // less than min_delta
  CHECK(after(0.8).empty());
  CHECK(after(NAN).empty());
  CHECK(after(0.9) == "stopped early: val_loss has not improved for 2 epochs");

  Archive saved;
  stopping.state(saved);
  train::EarlyStopping resumed({.patience = 2, .min_delta = 0.1});
  Archive loaded(saved.values(), saved.arrays());
  resumed.state(loaded);
  CHECK(resumed.stop_reason() == stopping.stop_reason());
}

TEST_CASE("early stopping watches what it is told to, and nothing when it is off") {
  test::SmallRun run;
  train::Trainer& trainer = run.trainer({});
  train::EarlyStopping accuracy({.patience = 1, .monitor = "val_accuracy"}), off({});
  for (int epoch = 0; epoch < 3; ++epoch) {
    train::EpochFigures improving = figures(1.0 / (1 + epoch));
    accuracy.on_epoch_end(trainer, improving);
    off.on_epoch_end(trainer, improving);
  }
  CHECK(accuracy.stop_reason() == "stopped early: val_accuracy has not improved for 1 epoch");
  CHECK(off.stop_reason().empty());
  // Without validation there is nothing to be watched.
  train::EarlyStopping blind({.patience = 1});
  train::EpochFigures unvalidated;
  blind.on_epoch_end(trainer, unvalidated);
  CHECK(blind.stop_reason().empty());
  CHECK_THROWS_WITH(train::EarlyStopping({.monitor = "val_los"}),
                    ContainsSubstring("did you mean val_loss?"));
}

TEST_CASE("early stopping says so, and what was tested is said") {
  const Workspace space;
  const std::string patient =
      steady + "--epochs 50 --lr 0.01 --patience 2 --monitor val_accuracy --seed 3 ";
  const test::Outcome last = run_scanline(space.path(), patient + "--out last");
  const test::Outcome best = run_scanline(space.path(), patient + "--test-best --out best");
  REQUIRE(last.status == 0);
  REQUIRE(best.status == 0);
  const auto records = read_lines(space.path() / "last/metrics.jsonl");
  const auto epochs = records.size() - 1;
  REQUIRE(epochs < 50);
  CHECK(last.err.find("stopped early: val_accuracy has not improved for 2 epochs\n") !=
        std::string::npos);
  CHECK(last.err.find(fmt::format("tested the averaged weights after the last step, in epoch {}\n",
                                  epochs)) != std::string::npos);
  CHECK(last.err.find(fmt::format("the best epoch on validation, not tested, was epoch {} ",
                                  epochs - 2)) != std::string::npos);
  CHECK(best.err.find(fmt::format("tested the weights of epoch {} (validation accuracy ",
                                  epochs - 2)) != std::string::npos);
  CHECK(read_file(space.path() / "best/model.safetensors") ==
        read_file(space.path() / "best/best.safetensors"));
  CHECK(read_file(space.path() / "last/best.safetensors") ==
        read_file(space.path() / "best/best.safetensors"));
  const test::Outcome refused =
      run_scanline(space.path(), steady + "--val-size 0 --test-best --out refused");
  CHECK(refused.status == 1);
  CHECK(refused.err ==
        "scanline: --test-best: expected images for validation, found none with --val-size 0\n");
}
