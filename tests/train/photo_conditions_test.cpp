#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/run_scanline.hpp"

using namespace scanline;
namespace fs = std::filesystem;

TEST_CASE("digits in photographs are read, or refused, in all conditions") {
  const test::TemporaryDirectory directory;
  const fs::path path = directory.path();
  const auto script = [&](const std::string& arguments) {
    const std::string command =
        "cd '" + path.string() + "' && '" SCANLINE_SCRIPTS "/photo_conditions.py' " + arguments;
    REQUIRE(std::system(command.c_str()) == 0);
  };
  script("--count 20 '" SCANLINE_MNIST "' photos");
  REQUIRE(
      test::run_scanline(path, "train --data '" SCANLINE_MNIST "' --recipe fast --out run --quiet")
          .status == 0);
  const test::Outcome predicted = test::run_scanline(path, "predict run photos --format csv");
  std::ofstream(path / "predictions.csv") << predicted.out;
  script("--answers photos predictions.csv --json > figures.json");

  nlohmann::json conditions;
  std::ifstream(path / "figures.json") >> conditions;
  REQUIRE(conditions.size() > 70);
  int total = 0, right = 0, sure = 0, several = 0;
  for (const auto& [name, figures] : conditions.items()) {
    INFO(name << ": " << figures.dump());
    // The model of this test is smaller than the default one. In a scan that was straightened by a
    // program and filled with black, the corners are taken for ink too often.
    const int least = name == "straightened-black" ? 12 : 18;
    CHECK(figures["right"].get<int>() + figures["refused"].get<int>() >= least);
    CHECK(figures["sure"].get<int>() <= 1);
    total += figures["total"].get<int>();
    right += figures["right"].get<int>();
    sure += figures["sure"].get<int>();
    several += figures["several"].get<int>();
  }
  WARN(right << " of " << total << " right, " << sure << " wrong and sure");
  CHECK(right >= 0.97 * total);
  CHECK(sure <= 0.005 * total);
  CHECK(several <= 0.005 * total);
}
