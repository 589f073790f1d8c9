#include "scanline/train/run_log.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/train/runs.hpp"

using namespace scanline;
using test::check_same_run;
using test::is_one_line;
using test::read_file;
using test::run_scanline;
using test::steady;
using test::timeless_records;
using test::tiny;
using test::Workspace;
namespace fs = std::filesystem;

TEST_CASE("a table has a row for each epoch, with its learning rate") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--model mlp --epochs 2 --schedule constant --warmup 0 "
                                            "--lr 0.25 --val-size 0 --out run")
              .status == 0);
  std::istringstream lines(read_file(space.path() / "run/metrics.csv"));
  std::string header, first, second, end;
  std::getline(lines, header);
  std::getline(lines, first);
  std::getline(lines, second);
  CHECK(header ==
        "epoch,train_loss,train_accuracy,val_loss,val_accuracy,images_per_second,seconds,"
        "learning_rate");
  CHECK(first.starts_with("1,"));
  CHECK(second.starts_with("2,"));
  CHECK(second.find(",,,") != std::string::npos);  // without validation
  CHECK(second.ends_with(",0.25"));
  CHECK_FALSE(std::getline(lines, end));
}

TEST_CASE("the records of a run are what its checkpoint knows") {
  const Workspace space;
  const fs::path run = space.path() / "run", log = run / "metrics.jsonl";
  // The run ends within its fourth epoch.
  const std::string options = steady + "--log-every 4 --epochs 5 ";
  REQUIRE(run_scanline(space.path(), options + "--out whole").status == 0);
  REQUIRE(run_scanline(space.path(), options + "--max-steps 40 --out run").status == 0);
  const std::string before = read_file(log), csv = read_file(run / "metrics.csv");
  const auto resumed = [&](const std::string& more) {
    return run_scanline(space.path(), "train --resume run --quiet " + more);
  };
  SECTION("what was appended is cut off") {
    std::ofstream(log, std::ios::app) << "{\"kind\":1}\n{\"kind\":\"te";
    CHECK(resumed("").err.empty());
    CHECK(read_file(log) == before);
    REQUIRE(resumed("--max-steps 0").status == 0);
    check_same_run(space.path() / "whole", run);
  }
  SECTION("what was damaged is made anew with the records of epochs") {
    const std::string damaged =
        GENERATE_REF(std::string(), before.substr(0, before.size() / 3), "X" + before.substr(1));
    std::ofstream(log) << damaged;
    fs::remove(run / "metrics.csv");
    const test::Outcome outcome = resumed("--max-steps 0");
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(is_one_line(outcome.err));
    CHECK(outcome.err.find("run/metrics.jsonl: has changed since") != std::string::npos);
    std::vector<nlohmann::json> epochs;
    for (const auto& record : timeless_records(space.path() / "whole"))
      if (record["kind"] != "step" || record["step"] > 40) epochs.push_back(record);
    CHECK(timeless_records(run) == epochs);
    CHECK(read_file(run / "metrics.csv").find("\n5,") != std::string::npos);
  }
  SECTION("a pipe in its place is not waited for") {
    fs::remove(log);
    REQUIRE(mkfifo(log.c_str(), 0600) == 0);
    const test::Outcome outcome = resumed("");
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("run/metrics.jsonl: cannot be written") != std::string::npos);
  }
}
