#include "scanline/train/commands/sweep_command.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.hpp"
#include "tests/train/runs.hpp"

using namespace scanline;
using test::check_same_run;
using test::is_one_line;
using test::read_file;
using test::run_scanline;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

/// `tiny` as a sweep.
const std::string tiny_sweep =
    "sweep --dataset mnist --data data --hidden-size 8 --val-size 50 --batch-size 32 --schedule "
    "constant --warmup "
    "0 ";

std::size_t line_count(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("a sweep trains every combination and ends with the table of its runs") {
  const Workspace space;
  const std::string options = tiny_sweep + "--epochs 2 --lr 1e-5,0.01 --seed 1..2 --jobs 2";
  const test::Outcome outcome = run_scanline(space.path(), options);
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(line_count(outcome.out) == 5);
  // The best on validation first: the higher learning rate.
  CHECK(outcome.out.find("lr=0.01,seed=") < outcome.out.find("lr=1e-05,seed="));
  CHECK(outcome.err.find("4 runs, 2 at once, in runs/sweep-1") != std::string::npos);
  CHECK(outcome.err.find("4/4 runs  ") != std::string::npos);
  const auto list =
      nlohmann::json::parse(run_scanline(space.path(), "runs runs/sweep-1 --format json").out);
  REQUIRE(list.size() == 4);
  for (const auto& run : list) CHECK(run.at("state") == "finished");
  CHECK(run_scanline(space.path(), "runs --group").out.find("sweep-1/lr=0.01 ") !=
        std::string::npos);

  // Each is the run that `train` makes of its options.
  REQUIRE(
      run_scanline(space.path(), test::steady + "--epochs 2 --lr 0.01 --seed 2 --quiet --out alone")
          .status == 0);
  check_same_run(space.path() / "alone", space.path() / "runs/sweep-1/lr=0.01,seed=2");

  // What is finished is not trained again.
  const auto time = fs::last_write_time(space.path() / "runs/sweep-1/lr=0.01,seed=2/metrics.jsonl");
  const test::Outcome again = run_scanline(space.path(), "sweep --resume runs/sweep-1");
  CHECK(again.status == 0);
  CHECK(again.out == outcome.out);
  CHECK(time == fs::last_write_time(space.path() / "runs/sweep-1/lr=0.01,seed=2/metrics.jsonl"));
  REQUIRE(run_scanline(space.path(), options + " --quiet").status == 0);
  CHECK(fs::exists(space.path() / "runs/sweep-2"));
}

TEST_CASE("a sweep that is stopped goes on with the same command, to the same bits") {
  const Workspace space;
  const std::string options =
      tiny_sweep + "--epochs 40 --save-every 5 --hidden-size 16,24 --quiet ";
  REQUIRE(run_scanline(space.path(), options + "--out whole").status == 0);
  const std::string how = GENERATE("-s INT", "-s TERM", "-s KILL");
  // With and without a directory of one's own.
  const std::string where = how == "-s INT" ? "" : "--out cut";
  const fs::path cut = space.path() / (where.empty() ? "runs/sweep-1" : "cut");
  int stops = 0;
  test::Outcome outcome;
  for (; stops < 50; ++stops) {
    outcome = run_scanline(
        space.path(), options + where,
        "timeout --foreground --preserve-status " + how + " " + std::to_string(0.3 + 0.2 * stops));
    INFO(outcome.err);
    if (outcome.status == 0) break;
    // The signal may come after the last run, while the program ends.
    if (fs::exists(cut / "hidden-size=16/report.html") &&
        fs::exists(cut / "hidden-size=24/report.html")) {
      outcome = run_scanline(space.path(), "sweep --quiet --resume '" + cut.string() + "'");
      break;
    }
    CHECK(outcome.status == (how == "-s INT" ? 130 : how == "-s TERM" ? 143 : 137));
    if (how != "-s KILL" && fs::exists(cut / "sweep.json")) {
      CHECK(outcome.err.find("go on with: scanline sweep --resume " +
                             (where.empty() ? "runs/sweep-1" : where.substr(6))) !=
            std::string::npos);
    }
  }
  REQUIRE(outcome.status == 0);
  CHECK(stops > 0);
  CHECK_FALSE(fs::exists(space.path() / "runs/sweep-2"));
  for (const char* run : {"hidden-size=16", "hidden-size=24"})
    check_same_run(space.path() / "whole" / run, cut / run);
}

TEST_CASE("a run that fails is a row, and the others are trained") {
  const Workspace space;
  // No images would be left to train on.
  const test::Outcome outcome =
      run_scanline(space.path(), tiny_sweep + "--epochs 1 --val-size 400,50 --out s");
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.out.find("val-size=50 ") < outcome.out.find("val-size=400 "));
  CHECK(outcome.out.find("failed") != std::string::npos);
  CHECK(outcome.out.find("finished") != std::string::npos);
  CHECK(outcome.err.find("val-size=400 failed with status 1: scanline: ") != std::string::npos);
  CHECK(read_file(space.path() / "s/val-size=400.log").find("scanline: ") != std::string::npos);
}

TEST_CASE("what cannot be trained is refused before anything is") {
  const Workspace space;
  const auto refused = [&](const std::string& arguments, const std::string& message, int status) {
    const test::Outcome outcome = run_scanline(space.path(), "sweep --data data " + arguments);
    INFO(arguments << " -> " << outcome.err);
    CHECK(outcome.status == status);
    CHECK(is_one_line(outcome.err));
    CHECK(outcome.err.find(message) != std::string::npos);
    CHECK_FALSE(fs::exists(space.path() / "runs"));
  };
  refused("--optimizer sgd,adamw --momentum 0.9", "optimizer=adamw: --momentum: this is", 2);
  refused("--lr 0.1,-1", "lr=-1: --lr: expected a number", 2);
  refused("--lrs 1", "unknown option '--lrs'", 2);
  refused("--model bilstm,grv", "did you mean gru", 2);
  refused("--jobs many", "--jobs: expected a whole number", 2);
  refused("--finish", "unknown option '--finish'", 2);
  refused("--epochs 1", "expected an option with several values, such as --seed 1,2,3", 2);
  std::ofstream(space.path() / "file") << "taken";
  refused("--seed 1,2 --out .", "expected a sweep, or a new or empty directory", 1);
  CHECK(run_scanline(space.path(), "sweep --seed 1..3 --lr 0.1,0.2 --dry-run").out ==
        "lr=0.1,seed=1\nlr=0.1,seed=2\nlr=0.1,seed=3\nlr=0.2,seed=1\nlr=0.2,seed=2\n"
        "lr=0.2,seed=3\n");
  CHECK_FALSE(fs::exists(space.path() / "runs"));
}

TEST_CASE("a sweep is resumed with its own options") {
  const Workspace space;
  const std::string options = tiny_sweep + "--epochs 1 --quiet --out s ";
  // One seed makes one run.
  REQUIRE(run_scanline(space.path(), options + "--seed 1").status == 0);
  CHECK(fs::exists(space.path() / "s/run/model.safetensors"));
  test::Outcome outcome = run_scanline(space.path(), options + "--seed 2");
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("s: expected a sweep with the same options") != std::string::npos);
  outcome = run_scanline(space.path(), "sweep --resume s --seed 2");
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("--seed cannot be given") != std::string::npos);
  CHECK(run_scanline(space.path(), "sweep --resume none").status == 1);
  // While another one trains it, a sweep is refused.
  const std::string endless = tiny_sweep + "--epochs 1000000 --seed 1,2 --quiet --out e";
  outcome = run_scanline(
      space.path(), "sweep --resume e; status=$?; kill $!; wait; (exit $status)",
      "'" SCANLINE_BINARY "' " + endless +
          " & timeout 20 sh -c 'until [ -e e/seed=1/last.checkpoint ]; do sleep 0.01; done';");
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("another process is training in this directory") != std::string::npos);
}
