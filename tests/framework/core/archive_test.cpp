#include "scanline/framework/core/archive.hpp"

#include <cmath>
#include <limits>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;

namespace {

struct Counter {
  Index count = 3;
  std::uint64_t seed = std::numeric_limits<std::uint64_t>::max();
  double loss = 0.1, best = std::numeric_limits<double>::infinity(), rate = NAN;
  NamedArrays weights = {};

  void state(Archive& archive) {
    archive.value("counter.count", count, {0, 9});
    archive.value("counter.seed", seed);
    archive.value("counter.loss", loss);
    archive.value("counter.best", best);
    archive.value("counter.rate", rate);
    archive.arrays("counter.weights.", weights);
  }
};

}  // namespace

TEST_CASE("what an archive has saved it loads, numbers that are not finite included") {
  Counter saved;
  saved.weights.emplace("w", test::random_array({3, 2}));
  Archive saving;
  CHECK_FALSE(saving.is_loading());
  saved.state(saving);

  Counter loaded{.count = 0, .seed = 0, .loss = 0, .best = 0, .rate = 0, .weights = {}};
  Archive loading(saving.values(), saving.arrays());
  CHECK(loading.is_loading());
  loaded.state(loading);
  CHECK(loaded.count == 3);
  CHECK(loaded.seed == saved.seed);
  CHECK(loaded.loss == 0.1);
  CHECK(std::isinf(loaded.best));
  CHECK(std::isnan(loaded.rate));
  REQUIRE(loaded.weights.size() == 1);
  CHECK(test::values(loaded.weights.at("w")) == test::values(saved.weights.at("w")));
}

TEST_CASE("a saved value that is missing or senseless is named") {
  Archive saving;
  Counter().state(saving);
  const auto message = [&](const char* text) -> std::string {
    Settings values = saving.values();
    values.erase("counter.count");
    if (text != nullptr) values.emplace("counter.count", text);
    Archive loading(values, {});
    Counter counter{.count = 5};
    try {
      counter.state(loading);
    } catch (const Error& error) {
      CHECK(counter.count == 5);
      return error.what();
    }
    return "";
  };
  CHECK(message("9").empty());
  CHECK(message(nullptr) == "expected a saved value called 'counter.count', found none");
  for (const std::string text : {"10", "-1", "", "3 ", "0x3", "1.5", "99999999999999999999"})
    CHECK(message(text.c_str()) ==
          "expected a saved value called 'counter.count', found '" + text + "'");
}

TEST_CASE("no two values of an archive have one name") {
  Counter counter;
  counter.weights.emplace("w", test::random_array({2}));
  Archive archive;
  counter.state(archive);
  CHECK_THROWS_WITH(counter.state(archive), "archive: two values are called 'counter.count'");
  CHECK_THROWS_WITH(archive.arrays("counter.weights.", counter.weights),
                    "archive: two arrays are called 'counter.weights.w'");
}
