#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "scanline/datasets/mnist.hpp"
#include "scanline/framework/io/safetensors.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/run_scanline.hpp"

using namespace scanline;
using test::Picture;
namespace fs = std::filesystem;

TEST_CASE("pictures of digits are classified as the digits are") {
  constexpr Index count = 1000;
  const test::TemporaryDirectory directory;
  const auto run = [&](const std::string& arguments) {
    const test::Outcome outcome = test::run_scanline(directory.path(), arguments);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return outcome.out;
  };
  run("train --data '" SCANLINE_MNIST "' --recipe fast --epochs 3 --out run --quiet");

  const datasets::Dataset digits =
      datasets::Mnist({.directory = SCANLINE_MNIST}).load(datasets::Part::test);
  const auto accuracy = [&](const std::string& name, const auto& drawn) {
    for (Index i = 0; i < count; ++i) {
      const auto begin = digits.pixels.begin() + i * 28 * 28;
      const fs::path folder =
          directory.path() / name / fmt::to_string(digits.labels[static_cast<std::size_t>(i)]);
      fs::create_directories(folder);
      write_picture(folder / fmt::format("{}.png", i),
                    drawn(Picture{28, 28, 1, {begin, begin + 28 * 28}}));
    }
    const auto document =
        nlohmann::json::parse(run("eval run --dataset folder --json --data " + name));
    REQUIRE(document["total"] == count);
    WARN(name << ": " << document["accuracy"]);
    return document["accuracy"].get<double>();
  };
  run("eval run --data '" SCANLINE_MNIST "' --save-logits logits");
  const Array logits = io::read_safetensors(directory.path() / "logits").tensors.at("logits");
  Index correct = 0;
  for (Index i = 0; i < count; ++i) {
    const float* row = logits.data<float>() + 10 * i;
    correct += std::max_element(row, row + 10) - row == digits.labels[static_cast<std::size_t>(i)];
  }
  const double raw = static_cast<double>(correct) / count;
  WARN("raw: " << raw);
  CHECK(raw > 0.97);
  const auto is_near_raw = [&](double found) { return std::abs(found - raw) <= 0.005; };
  CHECK(is_near_raw(accuracy("28", [](const Picture& digit) { return digit; })));
  CHECK(is_near_raw(accuracy("inverted", [](const Picture& digit) { return inverted(digit); })));
  CHECK(is_near_raw(accuracy(
      "off-centre", [](const Picture& digit) { return on_sheet(digit, 1, 2, 17, 64, 46); })));
  CHECK(is_near_raw(accuracy("100", [](const Picture& digit) { return resized(digit, 100); })));
  CHECK(is_near_raw(accuracy("100-inverted-off-centre", [](const Picture& digit) {
    return inverted(on_sheet(resized(digit, 100), 1, 90, -4, 200, 120));
  })));
  CHECK(is_near_raw(accuracy("600", [](const Picture& digit) { return resized(digit, 600); })));
  CHECK(is_near_raw(accuracy("600-inverted",
                             [](const Picture& digit) { return inverted(resized(digit, 600)); })));
}

TEST_CASE("digits drawn with strokes are mostly read right") {
  const test::TemporaryDirectory directory;
  REQUIRE(std::system(("python3 '" SCANLINE_SCRIPTS "/draw_digits.py' '" +
                       (directory.path() / "drawn").string() + "'")
                          .c_str()) == 0);
  REQUIRE(test::run_scanline(directory.path(),
                             "train --data '" SCANLINE_MNIST "' --epochs 3 --out run --quiet")
              .status == 0);
  const test::Outcome eval =
      test::run_scanline(directory.path(), "eval run --dataset folder --data drawn --json");
  const auto document = nlohmann::json::parse(eval.out);
  CHECK(document["total"] == 30);
  CHECK(document["correct"] >= 24);
}
