#include "scanline/train/run_directory.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include "scanline/framework/io/safetensors.hpp"
#include "tests/catch.hpp"
#include "tests/train/runs.hpp"

using namespace scanline;
using test::check_same_run;
using test::damage;
using test::read_file;
using test::run_scanline;
using test::steady;
using test::Workspace;
namespace fs = std::filesystem;

TEST_CASE("one process at a time trains in a directory") {
  const Workspace space;
  // Should the lock fail, a limit of time ends them both.
  const std::string endless = steady + "--epochs 1000000 --max-time 0.2 --out run";
  const auto beside_another = [&](const std::string& arguments) {
    // The signal to the first process comes when the second has ended.
    return run_scanline(
        space.path(), arguments + "; status=$?; kill $!; wait; (exit $status)",
        "rm -rf run; '" SCANLINE_BINARY "' " + endless +
            " --quiet & timeout 20 sh -c 'until [ -e run/last.checkpoint ]; do sleep 0.01; done';");
  };
  for (const std::string& arguments :
       {std::string("train --resume run"), endless + " --exist-ok"}) {
    const test::Outcome outcome = beside_another(arguments);
    INFO(arguments << " -> " << outcome.err);
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("scanline: run: another process is training in this directory\n") !=
          std::string::npos);
  }
  // A process that was killed leaves no lock.
  run_scanline(space.path(), "train --resume run", "timeout -s KILL 0.5");
  CHECK(run_scanline(space.path(), "train --resume run --max-steps 1").status == 0);
}

TEST_CASE("a finished run whose files are gone or damaged is made whole again") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  // One that ended with an epoch, and one that ended within.
  const std::string length = GENERATE("--epochs 2", "--epochs 3 --max-steps 25");
  const test::Outcome first = run_scanline(space.path(), steady + length + " --out run");
  REQUIRE(first.status == 0);
  REQUIRE(run_scanline(space.path(), steady + length + " --out whole").status == 0);
  const std::string log = read_file(run / "metrics.jsonl");
  const auto is_whole_again = [&] {
    const test::Outcome outcome = run_scanline(space.path(), "train --resume run --quiet");
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.out == first.out);
    check_same_run(space.path() / "whole", run);
    for (const auto& entry : fs::directory_iterator(space.path() / "whole"))
      CHECK(fs::exists(run / entry.path().filename()));
    const auto report_time = fs::last_write_time(run / "report.html");
    CHECK(run_scanline(space.path(), "train --resume run").out == first.out);
    CHECK(fs::last_write_time(run / "report.html") == report_time);  // nothing was to be done
  };
  SECTION("gone") {
    for (const char* name : {"model.safetensors", "best.safetensors", "report.html",
                             "learning_curves.png", "metrics.jsonl", "metrics.csv"})
      fs::remove(run / name);
    is_whole_again();
  }
  SECTION("cut short") {
    fs::resize_file(run / "report.html", 100);
    is_whole_again();
  }
  SECTION("damaged") {
    damage(run / "model.safetensors");
    is_whole_again();
  }
  SECTION("another result in the records") {
    std::string lines = log;
    lines.replace(lines.rfind("\"correct\":"), 12, "\"correct\":9");
    std::ofstream(run / "metrics.jsonl") << lines;
    is_whole_again();
  }
}

TEST_CASE("an earlier run stays until the next one begins in its directory") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  const std::string train = steady + "--model mlp --max-steps 2 --out run ";
  REQUIRE(run_scanline(space.path(), train).status == 0);
  const std::string model = read_file(run / "model.safetensors");
  for (const std::string refused :
       {"--data none", "--init none", "--freeze none", "--val-size 500"}) {
    INFO(refused);
    CHECK(run_scanline(space.path(), train + "--exist-ok " + refused).status == 1);
    CHECK(read_file(run / "model.safetensors") == model);
    CHECK(fs::exists(run / "config.toml"));
  }
  {
    train::RunDirectory next = train::RunDirectory::make(run, "mlp", true);
    next.discard();
    CHECK(read_file(run / "model.safetensors") == model);
    next.begin("seed=2\n");
    CHECK_FALSE(fs::exists(run / "model.safetensors"));
    CHECK(read_file(run / "config.toml") == "seed=2\n");
    next.discard();
    CHECK_FALSE(fs::exists(run));
  }
}

TEST_CASE("a run that has not begun leaves nothing") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  CHECK(run_scanline(space.path(), steady + "--patience 1 --val-size 0 --out run").status == 1);
  CHECK_FALSE(fs::exists(run));
  const std::string infinite = steady + "--model mlp --max-steps 1 --out start";
  REQUIRE(run_scanline(space.path(), infinite).status == 0);
  io::Safetensors model = io::read_safetensors(space.path() / "start/model.safetensors");
  for (auto& [name, array] : model.tensors) array.fill(1e38);
  model.metadata.clear();
  io::write_safetensors(space.path() / "huge", model);
  const test::Outcome outcome =
      run_scanline(space.path(), steady + "--model mlp --init huge --out run");
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("step 1: the loss is ") != std::string::npos);
  CHECK_FALSE(fs::exists(run));
  // What a process left that was killed before it wrote its first file is no run either.
  fs::create_directory(run);
  std::ofstream(run / "config.toml.77-0.tmp") << "half of";
  CHECK(run_scanline(space.path(), steady + "--max-steps 1 --out run").status == 0);
  // The files of others are neither overwritten nor removed.
  fs::create_directory(space.path() / "mine");
  for (const char* name : {"backup.2024-11-26.tmp", "half.77-0.tmp"})
    std::ofstream(space.path() / "mine" / name) << "mine";
  CHECK(run_scanline(space.path(), steady + "--max-steps 1 --out mine").status == 1);
  CHECK(fs::exists(space.path() / "mine/half.77-0.tmp"));
  CHECK(fs::exists(space.path() / "mine/backup.2024-11-26.tmp"));
}
