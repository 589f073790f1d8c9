#include "scanline/train/run_summary.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/train/directory_lock.hpp"
#include "tests/catch.hpp"
#include "tests/train/made_run.hpp"

using namespace scanline;
using namespace scanline::train;
using test::make_run;
using test::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> names(const std::vector<RunSummary>& runs) {
  std::vector<std::string> result;
  for (const RunSummary& run : runs) result.push_back(run.name);
  return result;
}

}  // namespace

TEST_CASE("a summary has the options, epochs and test of a run") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "first";
  make_run(path, {.config = "model=\"bilstm\"\nlr=0.003\nseed=\"18446744073709551615\"\n"
                            "no-shuffle=false\nepochs=4\nfeathers=7\nnotes=\"a \\\"b\\\"\"\n",
                  .val_accuracies = {0.5, 0.75, 0.75},
                  .test_accuracy = 0.625});
  const RunSummary run = summarize_run(path);
  CHECK(run.name == "first");
  CHECK(run.path == path);
  CHECK(run.problem.empty());
  CHECK(run.state == RunState::finished);
  // Values of all kinds are text, and an option that this program does not have is one too.
  CHECK(run.options == Settings{{"model", "bilstm"},
                                {"lr", "0.003"},
                                {"seed", "18446744073709551615"},
                                {"no-shuffle", "false"},
                                {"epochs", "4"},
                                {"feathers", "7"},
                                {"notes", "a \"b\""}});
  CHECK(run.option("feathers") == "7");
  CHECK(run.option("wings").empty());
  REQUIRE(run.epochs.size() == 3);
  CHECK(run.best()->epoch == 3);  // whose loss is lower
  CHECK(run.seconds() == 6);
  REQUIRE(run.test);
  CHECK(run.test->accuracy == 0.625);
  CHECK(run.test->total == 1000);

  const nlohmann::ordered_json record = to_record(run);
  CHECK(record.at("seed") == 18446744073709551615u);
  CHECK(record.at("epochs_done") == 3);
  CHECK(record.at("epochs") == 4);
  CHECK(record.at("val_accuracy") == 0.75);
  CHECK(record.at("test").at("correct") == 625);
  CHECK(record.at("recipe").is_null());
  CHECK(record.at("state") == "finished");
  CHECK(record.at("problem").is_null());
}

TEST_CASE("a run is running while its directory is locked, and finished after its test") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  make_run(path, {.val_accuracies = {0.5}});
  CHECK(summarize_run(path).state == RunState::interrupted);
  {
    const DirectoryLock lock(path);
    CHECK(summarize_run(path).state == RunState::running);
  }
  CHECK(summarize_run(path).state == RunState::interrupted);
  std::ofstream(path / "metrics.jsonl", std::ios::app)
      << R"({"kind":"test","accuracy":null,"loss":null,"correct":0,"total":8})"
      << "\n";
  const RunSummary tested = summarize_run(path);
  CHECK(tested.state == RunState::finished);
  CHECK_FALSE(tested.test->accuracy);
  CHECK_FALSE(tested.test->loss);
}

TEST_CASE("looking at a run does not keep it from starting") {
  const TemporaryDirectory directory;
  std::atomic<bool> is_over = false;
  std::thread looker([&] {
    while (!is_over) DirectoryLock::is_held(directory.path());
  });
  int locked = 0;
  for (int i = 0; i < 20; ++i) {
    try {
      const DirectoryLock lock(directory.path());
      ++locked;
    } catch (const Error&) {
    }
  }
  is_over = true;
  looker.join();
  CHECK(locked == 20);
}

TEST_CASE("damaged files of a run are a problem that its summary names") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  make_run(path, {.val_accuracies = {0.5, 0.25}});
  SECTION("a configuration that is no TOML") {
    std::ofstream(path / "config.toml") << "model=\"bi\nlr=1\n";
    const RunSummary run = summarize_run(path);
    CHECK(run.problem.find((path / "config.toml").string() + ": line 1: ") == 0);
    CHECK(run.epochs.size() == 2);
  }
  SECTION("records that are no JSON") {
    std::ofstream(path / "metrics.jsonl", std::ios::app) << "{\"kind\":\n";
    const RunSummary run = summarize_run(path);
    CHECK(run.problem == (path / "metrics.jsonl").string() +
                             ": line 3: expected a record in JSON, found something else");
    CHECK(run.epochs.size() == 2);
    CHECK(run.option("model") == "bilstm");
  }
  SECTION("a line that is still being written is none") {
    std::ofstream(path / "metrics.jsonl", std::ios::app) << "{\"kind\":";
    CHECK(summarize_run(path).problem.empty());
  }
  SECTION("a file in the place of the records") {
    fs::remove(path / "metrics.jsonl");
    fs::create_directory(path / "metrics.jsonl");
    CHECK(summarize_run(path).problem.find("metrics.jsonl") != std::string::npos);
  }
  SECTION("a run that has no record yet is sound") {
    fs::remove(path / "metrics.jsonl");
    const RunSummary run = summarize_run(path);
    CHECK(run.problem.empty());
    CHECK(run.date == 0);
    CHECK(to_record(run).at("date").is_null());
  }
}

TEST_CASE("runs are found in folders and folders of folders, each once") {
  const TemporaryDirectory directory;
  const fs::path runs = directory.path() / "runs";
  for (const char* name : {"lstm-10", "lstm-9", "sweep-1/seed=1", "sweep-1/seed=2", "a/b/c"})
    make_run(runs / name, {});
  fs::create_directories(runs / "no run");
  std::ofstream(runs / "file") << "not a directory";
  const std::vector<std::string> all{"lstm-9", "lstm-10", "sweep-1/seed=1", "sweep-1/seed=2"};
  CHECK(names(summarize_runs({runs})) == all);
  CHECK(names(summarize_runs({runs.string() + "/"})) == all);
  CHECK(names(summarize_runs({runs, runs / "lstm-9"})) == all);
  CHECK(names(summarize_runs({runs / "lstm-9", runs / "sweep-1"})) ==
        std::vector<std::string>{"lstm-9", "seed=1", "seed=2"});
  // Names that two runs would have are no names.
  make_run(directory.path() / "other/lstm-9", {});
  CHECK(names(summarize_runs({runs / "lstm-9", directory.path() / "other"})) ==
        std::vector<std::string>{(directory.path() / "other/lstm-9").string(),
                                 (runs / "lstm-9").string()});
  CHECK(summarize_runs({runs / "no run"}).empty());
  CHECK_THROWS_AS(summarize_runs({runs / "none"}), Error);
  CHECK_THROWS_AS(summarize_runs({runs / "file"}), Error);
}

TEST_CASE("numbers in names are compared as numbers") {
  const std::vector<std::string> ordered{
      "a",    "a-01", "a-1",          "a-2",         "a-10",        "a-10b",
      "a-11", "b",    "lr=0.001,s=2", "lr=0.01,s=1", "lr=0.01,s=2", "lr=0.02,s=10"};
  for (std::size_t i = 0; i < ordered.size(); ++i)
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      INFO(ordered[i] << " and " << ordered[j]);
      CHECK(is_listed_before(ordered[i], ordered[j]) == (i < j));
    }
}
