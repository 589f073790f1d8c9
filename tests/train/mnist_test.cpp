#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/run_scanline.hpp"

using namespace scanline;

TEST_CASE("three epochs of the default recipe reach 97.5 % on MNIST") {
  const test::TemporaryDirectory directory;
  const test::Outcome train =
      test::run_scanline(directory.path(), "train --data '" SCANLINE_MNIST
                                           "' --epochs 3 --augment none --out run --quiet");
  INFO(train.err);
  REQUIRE(train.status == 0);
  const test::Outcome eval =
      test::run_scanline(directory.path(), "eval run --data '" SCANLINE_MNIST "' --json");
  REQUIRE(eval.status == 0);
  const auto document = nlohmann::json::parse(eval.out);
  CHECK(document["total"] == 10'000);
  CHECK(document["accuracy"] >= 0.975);
}
