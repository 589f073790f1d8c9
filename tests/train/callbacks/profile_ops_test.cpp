#include <sstream>
#include <string>

#include "tests/catch.hpp"
#include "tests/train/run_scanline.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;

TEST_CASE("train --profile prints a table of the ops of some steps, and then goes on") {
  const test::Workspace space;
  const std::string quick =
      "train --dataset mnist --data data --hidden-size 16 --val-size 50 --batch-size 32 --quiet "
      "--epochs 2 ";
  const test::Outcome plain = test::run_scanline(space.path(), quick + "--out plain");
  const test::Outcome run =
      test::run_scanline(space.path(), quick + "--out profiled --profile 4 --detect-anomaly");
  INFO(run.err);
  REQUIRE(run.status == 0);
  CHECK(run.out.rfind("A training step, mean of 4. Times are in milliseconds.\n", 0) == 0);
  CHECK(run.out.find("recurrent_layer") != std::string::npos);
  CHECK(run.out.find("\n                       optimizer ") != std::string::npos);
  // The last line is that of any run.
  REQUIRE(run.out.size() > plain.out.size());
  CHECK(run.out.substr(run.out.size() - plain.out.size()) == plain.out);
  std::istringstream lines(run.out);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
}
