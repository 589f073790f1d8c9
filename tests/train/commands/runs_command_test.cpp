#include "scanline/train/commands/runs_command.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.hpp"
#include "tests/train/made_run.hpp"
#include "tests/train/runs.hpp"

using namespace scanline;
using test::is_one_line;
using test::make_run;
using test::read_file;
using test::run_scanline;
namespace fs = std::filesystem;

namespace {

/// A folder `runs` with two finished runs and one that was interrupted.
struct ThreeRuns {
  ThreeRuns() {
    make_run(path() / "runs/bilstm-1",
             {.config = config("1"), .val_accuracies = {0.5, 0.75}, .test_accuracy = 0.25});
    make_run(path() / "runs/bilstm-2",
             {.config = config("2"), .val_accuracies = {0.5, 0.875}, .test_accuracy = 0.5});
    make_run(path() / "runs/bilstm-10",
             {.config = config("1") + "lr=0.5\n", .val_accuracies = {0.625}});
  }
  static std::string config(const std::string& seed) {
    return "model=\"bilstm\"\nrecipe=\"fast\"\nepochs=2\nseed=" + seed + "\n";
  }
  test::Outcome runs(const std::string& arguments) const {
    return run_scanline(path(), "runs " + arguments);
  }
  const fs::path& path() const { return directory.path(); }
  test::TemporaryDirectory directory;
};

}  // namespace

TEST_CASE("runs are listed, by name or another key") {
  const ThreeRuns three;
  const test::Outcome all = three.runs("");
  INFO(all.out << all.err);
  CHECK(all.status == 0);
  CHECK(all.err.empty());
  const auto place = [&](const test::Outcome& outcome, const char* name) {
    return outcome.out.find(name);
  };
  CHECK(place(all, "bilstm-1 ") < place(all, "bilstm-2 "));
  CHECK(place(all, "bilstm-2 ") < place(all, "bilstm-10 "));
  CHECK(all.out.find("lr=0.5") != std::string::npos);
  CHECK(all.out.find("interrupted") != std::string::npos);
  const test::Outcome sorted = three.runs("runs --sort val");
  CHECK(place(sorted, "bilstm-2 ") < place(sorted, "bilstm-1 "));
  CHECK(place(sorted, "bilstm-1 ") < place(sorted, "bilstm-10 "));
  CHECK(three.runs("runs/bilstm-1 runs/bilstm-2").out.find("bilstm-10") == std::string::npos);
}

TEST_CASE("runs are grouped over seeds, and printed as CSV and JSON") {
  const ThreeRuns three;
  const auto list = nlohmann::json::parse(three.runs("--format json").out);
  REQUIRE(list.size() == 3);
  CHECK(list[1].at("name") == "bilstm-2");
  CHECK(list[1].at("val_accuracy") == 0.875);
  CHECK(list[1].at("test_accuracy") == 0.5);
  CHECK(list[2].at("state") == "interrupted");
  const auto groups = nlohmann::json::parse(three.runs("--group --format json").out);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].at("count") == 2);
  CHECK(groups[0].at("test_accuracy") == 0.375);
  CHECK(three.runs("--group").out.find("0.3750  0.1768") != std::string::npos);
  CHECK(three.runs("--format csv").out.find("\nbilstm-2,bilstm,fast,,2,2,2,0.875,0.5,4.0,") !=
        std::string::npos);
}

TEST_CASE("the curves of runs are drawn in one picture") {
  const ThreeRuns three;
  CHECK(three.runs("--plot all.svg --sort val").status == 0);
  const std::string svg = read_file(three.path() / "all.svg");
  CHECK(svg.find("bilstm-2  (accuracy 0.8750)") < svg.find("bilstm-1  (accuracy 0.7500)"));
  CHECK(three.runs("--plot all.png").status == 0);
  CHECK(read_file(three.path() / "all.png").starts_with("\x89PNG"));
  for (int i = 11; i < 17; ++i)
    make_run(three.path() / ("runs/bilstm-" + std::to_string(i)), {.val_accuracies = {0.5}});
  const test::Outcome many = three.runs("--plot all.svg");
  CHECK(many.status == 0);
  CHECK(many.err.find("shows the first 7 of 9 runs") != std::string::npos);
}

TEST_CASE("a damaged run is named, and the others are listed") {
  const ThreeRuns three;
  std::ofstream(three.path() / "runs/bilstm-2/config.toml") << "[";
  const test::Outcome outcome = three.runs("");
  CHECK(outcome.status == 1);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("runs/bilstm-2/config.toml: line 1: ") != std::string::npos);
  CHECK(outcome.out.find("damaged") != std::string::npos);
  CHECK(outcome.out.find("bilstm-10") != std::string::npos);
  CHECK(nlohmann::json::parse(three.runs("--format json").out)[1].at("problem").is_string());
}

TEST_CASE("runs that are not there, and keys that are none, are refused") {
  const ThreeRuns three;
  test::Outcome outcome = three.runs("none");
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("none: expected a run or a folder of runs") != std::string::npos);
  outcome = three.runs("--sort tests");
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("did you mean test?") != std::string::npos);
  outcome = three.runs("--plot all.gif");
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find(".svg or .png") != std::string::npos);
  fs::create_directory(three.path() / "empty");
  outcome = three.runs("empty --format json");
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "[]\n");
  CHECK(outcome.err == "scanline: note: empty: found no runs\n");
}

TEST_CASE("notes of a run are listed, may change, and are in its report") {
  const test::Workspace space;
  REQUIRE(run_scanline(space.path(), test::tiny + "--epochs 1 --out runs/a --notes 'the first'")
              .status == 0);
  CHECK(run_scanline(space.path(), "runs").out.find("the first") != std::string::npos);
  CHECK(run_scanline(space.path(), "info runs/a").out.find("the first") != std::string::npos);
  CHECK(read_file(space.path() / "runs/a/report.html").find("<td>the first</td>") !=
        std::string::npos);
  // Those of a finished run change, too, and its result stays.
  const test::Outcome again =
      run_scanline(space.path(), "train --resume runs/a --notes 'the second' --quiet");
  CHECK(again.status == 0);
  CHECK(again.out.starts_with("test accuracy"));
  CHECK(run_scanline(space.path(), "runs").out.find("the second") != std::string::npos);
  CHECK(run_scanline(space.path(), "train --resume runs/a --quiet").status == 0);
  CHECK(run_scanline(space.path(), "runs").out.find("the second") != std::string::npos);
}
