#include "scanline/train/callbacks/keep_best.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/runs.hpp"
#include "tests/train/small_run.hpp"

using namespace scanline;
using test::check_same_run;
using test::run_scanline;
using test::steady;
using test::Workspace;
namespace fs = std::filesystem;

TEST_CASE("the best weights are those of the epoch that did best on validation") {
  test::SmallRun run;
  const test::TemporaryDirectory scratch;
  train::RunDirectory directory = train::RunDirectory::make(scratch.path() / "run", "mlp", false);
  train::KeepBest best({.test_best = true}, *run.network, run.description, directory);
  train::Trainer& trainer = run.trainer({&best});
  const Tensor weight = run.network->parameters().front();
  const auto after_epoch = [&](Index number, double accuracy, double loss, double value) {
    weight.value().fill(value);
    train::EpochFigures epoch;
    epoch.epoch = number;
    epoch.val_accuracy = accuracy;
    epoch.val_loss = loss;
    best.on_epoch_end(trainer, epoch);
    return best.epoch();
  };
  CHECK(best.epoch() == 0);
  CHECK(after_epoch(1, 0.5, 1, 1.0) == 1);
  CHECK(after_epoch(2, 0.4, 0.1, 2.0) == 1);
  CHECK(after_epoch(3, 0.5, 0.9, 3.0) == 3);
  CHECK(after_epoch(4, 0.5, NAN, 4.0) == 3);
  CHECK(best.accuracy() == 0.5);
  const std::string file = test::read_file(directory.best_file());

  Archive saved;
  best.state(saved);
  train::KeepBest resumed({.test_best = true}, *run.network, run.description, directory);
  resumed.restore_file();  // there is no best epoch
  CHECK_FALSE(fs::exists(directory.best_file()));
  Archive loaded(saved.values(), saved.arrays());
  resumed.state(loaded);
  resumed.restore_file();
  CHECK(test::read_file(directory.best_file()) == file);
  CHECK(resumed.epoch() == 3);
  resumed.on_run_end(trainer);
  CHECK(weight.value().at(0) == 3);
}

TEST_CASE("the best weights of a resumed run are its own") {
  const Workspace space;
  // With one of these seeds, the part of an epoch does better than any epoch as a whole.
  for (const int seed : {3, 4, 5}) {
    const std::string options = fmt::format(
        "{} --model rnn --lr 0.01 --ema 0 --epochs 3 --quiet --exist-ok --seed {} ", steady, seed);
    REQUIRE(run_scanline(space.path(), options + "--out whole").status == 0);
    REQUIRE(run_scanline(space.path(), options + "--max-steps 12 --out cut").status == 0);
    REQUIRE(run_scanline(space.path(), "train --resume cut --max-steps 0").status == 0);
    check_same_run(space.path() / "whole", space.path() / "cut");
  }
}
