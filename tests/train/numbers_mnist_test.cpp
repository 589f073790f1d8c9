#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/run_scanline.hpp"

using namespace scanline;

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
}
