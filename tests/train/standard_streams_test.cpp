#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::is_one_line;
using test::read_file;
using test::read_lines;
using test::run_scanline;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

const std::string tiny =
    "train --dataset mnist --data data --hidden-size 8 --val-size 50 --batch-size 32 ";

}  // namespace

TEST_CASE("standard error that cannot be written to changes nothing else") {
  const Workspace space;
  for (const std::string redirection : {"2>/dev/full", "2>&-"}) {
    INFO(redirection);
    const test::Outcome run = run_scanline(
        space.path(), tiny + "--epochs 1 --exist-ok --progress plain --out run " + redirection);
    CHECK(run.status == 0);
    CHECK(is_one_line(run.out));
    // Whatever is printed must not end up in a file that got the number of standard error.
    CHECK(read_lines(space.path() / "run/metrics.jsonl").size() == 2);
    CHECK(run_scanline(space.path(), "info nothing " + redirection).status == 1);
    CHECK(run_scanline(space.path(), "train --epoch 3 " + redirection).status == 2);
  }
}

TEST_CASE("a result that cannot be written is a failure") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--max-steps 2 --out run").status == 0);
  for (const std::string redirection : {">/dev/full", ">&-"})
    for (const std::string command :
         {"info run", "eval run --data data", "eval run --data data --json", "--help",
          "train --help", "--version", "train --dump-config", "train --resume run --quiet"}) {
      const test::Outcome outcome = run_scanline(space.path(), command + " " + redirection);
      INFO(command << " " << redirection << " -> " << outcome.err);
      CHECK(outcome.status == 1);
      CHECK(is_one_line(outcome.err));
      CHECK(outcome.err.starts_with("scanline: standard output: cannot be written"));
    }
}

TEST_CASE("a log that nobody reads any more does not end a run") {
  const Workspace space;
  // The shell of the pipe's first part writes down how scanline ended.
  const auto status_in_pipe = [&](const std::string& prefix, const std::string& arguments) {
    run_scanline(space.path(), tiny + arguments + " --progress plain 2>&1; echo $? >status) | true",
                 "(" + prefix);
    return std::stoi(read_file(space.path() / "status"));
  };
  // All is done but for the result line, which cannot be written.
  CHECK(status_in_pipe("", "--epochs 20 --log-every 1 --out run") == 1);
  CHECK(fs::exists(space.path() / "run/model.safetensors"));
  CHECK(run_scanline(space.path(), "train --resume run").status == 0);
  CHECK(status_in_pipe("timeout --foreground --preserve-status -s INT 0.7",
                       "--epochs 1000000 --out stopped") == 130);
  CHECK(fs::exists(space.path() / "stopped/last.checkpoint"));
}

TEST_CASE("control characters in names never reach the terminal") {
  const Workspace space;
  const std::string name = "$(printf '\\033[2J\\n1')";
  for (const std::string& command :
       std::vector<std::string>{"info \"", "eval \"", "train --resume \"", tiny + "--init \"",
                                "train --data \"", "train --config \"", "train --mo\""}) {
    const test::Outcome outcome = run_scanline(space.path(), command + name + "\"");
    INFO(command << " -> " << outcome.err);
    CHECK(outcome.status != 0);
    CHECK(is_one_line(outcome.err));
    CHECK(outcome.err.find("\\x1b[2J\\n1") != std::string::npos);
    CHECK(outcome.err.find('\033') == std::string::npos);
  }
  const test::Outcome run =
      run_scanline(space.path(), tiny + "--max-steps 1 --progress plain --out \"" + name + "\"");
  CHECK(run.status == 0);
  CHECK(run.err.find("into \\x1b[2J\\n1\n") != std::string::npos);
  CHECK(run.err.find('\033') == std::string::npos);
}

TEST_CASE("a terminal that may not know how to erase a line gets plain lines") {
  if (std::system("script -qec true /dev/null >/dev/null 2>&1") != 0) {
    WARN("there are no pseudo-terminals here, so nothing is tested");
    return;
  }
  const Workspace space;
  for (const std::string terminal : {"TERM=dumb", "TERM=", "unset TERM;"}) {
    const test::Outcome outcome =
        run_scanline(space.path(), "",
                     terminal + " script -qec '" SCANLINE_BINARY " " + tiny +
                         "--max-steps 1 --exist-ok --out run' /dev/null; true ||");
    INFO(terminal << "\n" << outcome.out);
    CHECK(outcome.out.find("test accuracy") != std::string::npos);
    CHECK(outcome.out.find("\033[") == std::string::npos);
  }
}
