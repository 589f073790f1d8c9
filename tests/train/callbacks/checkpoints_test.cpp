#include "scanline/train/callbacks/checkpoints.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/io/checkpoint.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/runs.hpp"
#include "tests/train/small_run.hpp"

using namespace scanline;
using test::check_same_run;
using test::damage;
using test::is_one_line;
using test::read_file;
using test::run_scanline;
using test::steady;
using test::timeless_records;
using test::tiny;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

/// A small run that saves checkpoints in a directory of its own.
struct SavedRun : test::SmallRun {
  explicit SavedRun(const train::Checkpoints::Options& how)
      : checkpoints(how, directory, identity, description) {
    directory.begin("");
  }

  /// The newest checkpoint.
  fs::path file() const { return directory.checkpoint_files().front(); }

  test::TemporaryDirectory scratch;
  train::RunDirectory directory = train::RunDirectory::make(scratch.path() / "run", "mlp", false);
  train::RunIdentity identity{{}, "", images, images};
  train::Checkpoints checkpoints;
};

}  // namespace

TEST_CASE("checkpoints are saved at the start, after each epoch, and as often as is asked for") {
  for (const Index every : {0, 1, 3}) {
    SavedRun run({.save_every = every, .keep_last = 100});
    run.options.epochs = 3;  // of two steps
    run.trainer({&run.checkpoints}).run();
    std::vector<std::string> steps;
    for (const fs::path& file : run.directory.checkpoint_files())
      steps.push_back(io::read_checkpoint(file).metadata.at("trainer.step"));
    INFO(every);
    if (every == 0) CHECK(steps == std::vector<std::string>{"6", "4", "2", "0"});
    if (every == 1) CHECK(steps == std::vector<std::string>{"6", "5", "4", "3", "2", "1", "0"});
    if (every == 3) CHECK(steps == std::vector<std::string>{"6", "4", "3", "2", "0"});
  }
}

TEST_CASE("a checkpoint takes a trainer back to where it was saved") {
  SavedRun run({});
  run.trainer({&run.checkpoints}).run();
  SavedRun other({});
  train::Trainer& trainer = other.trainer({&other.checkpoints});
  other.checkpoints.restore(trainer, run.file(), io::read_checkpoint(run.file()));
  CHECK(trainer.step() == 4);
  CHECK(trainer.is_finished());
  CHECK(trainer.last_epoch() == 2);
  CHECK(test::same(other.weights(), run.weights()));
}

TEST_CASE("a checkpoint that is not that of a run is refused in one line") {
  SavedRun run({});
  train::Trainer& trainer = run.trainer({&run.checkpoints});
  trainer.run();
  const io::Safetensors saved = io::read_checkpoint(run.file());
  const auto message = [&](const char* name, const char* value) -> std::string {
    io::Safetensors changed = saved;
    changed.metadata.erase(name);
    if (value != nullptr) changed.metadata[name] = value;
    try {
      run.checkpoints.restore(trainer, "file", changed);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message("trainer.step", "4").empty());
  CHECK(message("run", nullptr) ==
        "file: expected the state of a training run, found something else");
  CHECK(message("run", "{") == "file: expected the state of a training run, found something else");
  CHECK(message("trainer.step", nullptr) ==
        "file: expected a saved value called 'trainer.step', found none");
  CHECK(message("trainer.batch", "3") ==
        "file: expected a saved value called 'trainer.batch', found '3'");
  CHECK(message("random.seed", "x\n") ==
        "file: expected a saved value called 'random.seed', found 'x\\n'");
  io::Safetensors without_weights = saved;
  std::erase_if(without_weights.tensors,
                [](const auto& item) { return item.first.starts_with("model."); });
  CHECK_THROWS_WITH(
      run.checkpoints.restore(trainer, "file", without_weights),
      Catch::Matchers::StartsWith("file: tensors do not fit the ") && ContainsSubstring("missing"));
}

TEST_CASE("a damaged checkpoint is reported, and the one before it used") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  REQUIRE(run_scanline(space.path(), steady + "--epochs 3 --out whole").status == 0);
  REQUIRE(run_scanline(space.path(), steady + "--epochs 2 --keep-last 3 --save-every 5 --out run")
              .status == 0);
  CHECK(fs::exists(run / "previous-2.checkpoint"));
  CHECK_FALSE(fs::exists(run / "previous-3.checkpoint"));
  damage(run / "last.checkpoint");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --epochs 3 --quiet");
  CHECK(outcome.status == 0);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("run/last.checkpoint: is damaged") != std::string::npos);
  CHECK(read_file(run / "model.safetensors") ==
        read_file(space.path() / "whole/model.safetensors"));

  for (const char* name : {"last.checkpoint", "previous.checkpoint", "previous-2.checkpoint"})
    damage(run / name);
  const test::Outcome failed = run_scanline(space.path(), "train --resume run --epochs 4 --quiet");
  CHECK(failed.status == 1);
  CHECK(failed.err.find("run: all of its checkpoints are damaged") != std::string::npos);
}

TEST_CASE("a run whose last checkpoint is damaged can still be ended") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  REQUIRE(run_scanline(space.path(), steady + "--epochs 2 --out run").status == 0);
  fs::remove(run / "model.safetensors");
  damage(run / "last.checkpoint");
  const test::Outcome ended = run_scanline(space.path(), "train --resume run --finish --quiet");
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(fs::exists(run / "model.safetensors"));
  CHECK(run_scanline(space.path(), "train --resume run --finish --quiet").err.empty());
}

TEST_CASE("a checkpoint that was not renamed any more is not lost") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  REQUIRE(run_scanline(space.path(), steady + "--epochs 3 --out whole").status == 0);
  REQUIRE(run_scanline(space.path(), steady + "--epochs 3 --max-steps 15 --out run").status == 0);
  fs::rename(run / "last.checkpoint", run / "next.checkpoint");
  damage(run / "previous.checkpoint");
  const test::Outcome resumed =
      run_scanline(space.path(), "train --resume run --max-steps 0 --quiet");
  INFO(resumed.err);
  CHECK(resumed.status == 0);
  CHECK(resumed.err.empty());
  check_same_run(space.path() / "whole", run);
  CHECK_FALSE(fs::exists(run / "next.checkpoint"));

  // A rename that fails costs neither of them.
  fs::remove(run / "previous.checkpoint");
  fs::create_directory(run / "previous.checkpoint");
  const std::string last = read_file(run / "last.checkpoint");
  CHECK(run_scanline(space.path(), "train --resume run --epochs 4 --quiet").status == 1);
  CHECK(read_file(run / "last.checkpoint") == last);
}

TEST_CASE("a full disk leaves the checkpoint that was there") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), steady + "--epochs 1 --out run").status == 0);
  const std::string checkpoint = read_file(space.path() / "run/last.checkpoint");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --epochs 2 --quiet",
                                             "trap '' XFSZ; ulimit -f 16;");
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("cannot be written: File too large") != std::string::npos);
  CHECK(read_file(space.path() / "run/last.checkpoint") == checkpoint);
  CHECK_FALSE(fs::exists(space.path() / "run/next.checkpoint"));
  CHECK(run_scanline(space.path(), "train --resume run --epochs 2").status == 0);
}

TEST_CASE("the log of steps is not part of the checkpoint") {
  const Workspace space;
  const auto size_with = [&](const std::string& options) {
    REQUIRE(
        run_scanline(space.path(), steady + "--epochs 20 --exist-ok --out run " + options).status ==
        0);
    return fs::file_size(space.path() / "run/last.checkpoint");
  };
  const auto without = size_with("--log-every 0"), with = size_with("--log-every 1");
  CHECK(with < without + 100);
  CHECK(fs::file_size(space.path() / "run/metrics.jsonl") > 10'000);
}

TEST_CASE("the learning rate of an epoch is part of the checkpoint") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--limit-train-batches 5 --max-steps 7 --epochs 2 "
                                            "--out run")
              .status == 0);
  const auto before = timeless_records(space.path() / "run");
  // As if it had been killed while it was validated.
  std::ofstream(space.path() / "run/metrics.jsonl") << "";
  REQUIRE(run_scanline(space.path(), "train --resume run").status == 0);
  CHECK(timeless_records(space.path() / "run") == before);
  CHECK(before.at(1)["learning_rate"] > 0);
}
