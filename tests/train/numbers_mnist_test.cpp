#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/run_scanline.hpp"

using namespace scanline;

namespace {

/// Predicts lines of digits in photographs that a script draws, and checks that at least half of
/// those of each condition are read.
void check_photographs(const std::filesystem::path& directory) {
  const auto script = [&](const std::string& arguments) {
    const std::string command =
        "cd '" + directory.string() + "' && '" SCANLINE_SCRIPTS "/photo_lines.py' " + arguments;
    REQUIRE(std::system(command.c_str()) == 0);
  };
  script("--count 20 '" SCANLINE_MNIST "' lines");
  const test::Outcome predicted = test::run_scanline(directory, "predict run lines --format csv");
  INFO(predicted.err);
  REQUIRE(predicted.status == 0);
  std::ofstream(directory / "predictions.csv") << predicted.out;
  script("--answers lines predictions.csv > figures.txt");

  std::ifstream figures(directory / "figures.txt");
  std::string condition, of;
  int right = 0, total = 0, conditions = 0;
  while (figures >> condition >> right >> of >> total) {
    INFO(condition);
    CHECK(total == 20);
    CHECK(right >= 10);
    ++conditions;
  }
  CHECK(conditions == 5);
}

}  // namespace

TEST_CASE("four epochs of the recipe for numbers read three of four lines of MNIST's digits") {
  const test::TemporaryDirectory directory;
  const test::Outcome train =
      test::run_scanline(directory.path(), "train --recipe numbers --data '" SCANLINE_MNIST
                                           "' --epochs 4 --out run --quiet");
  INFO(train.err);
  REQUIRE(train.status == 0);
  const test::Outcome eval =
      test::run_scanline(directory.path(), "eval run --digits 5 --spacing 0..8 --json");
  INFO(eval.err);
  REQUIRE(eval.status == 0);
  const auto document = nlohmann::json::parse(eval.out);
  CHECK(document["total"] == 2'000);
  CHECK(document["accuracy"] >= 0.75);
  CHECK(document["digit_error"] <= 0.06);
  check_photographs(directory.path());
}
