#include "scanline/train/callbacks/ema.hpp"

#include <cmath>

#include "tests/catch.hpp"
#include "tests/train/small_run.hpp"

using namespace scanline;

TEST_CASE("averaged weights are tested in the place of the last ones") {
  test::SmallRun run;
  train::Ema ema({.ema = 0.9}, *run.network);
  train::Trainer& trainer = run.trainer({&ema});
  const NamedArrays first = run.weights();
  trainer.run();  // after which the averages are in place
  const NamedArrays averaged = run.weights();
  trainer.swap_weights();
  const NamedArrays last = run.weights();
  CHECK_FALSE(test::same(averaged, last));
  CHECK_FALSE(test::same(last, first));
  for (const auto& [name, array] : averaged)
    for (Index i = 0; i < array.size(); ++i) {
      // Each of the steps is about as long as the learning rate.
      CHECK(std::abs(array.at(i) - first.at(name).at(i)) < 0.05);
      CHECK(std::abs(array.at(i) - last.at(name).at(i)) < 0.05);
    }
}

TEST_CASE("a checkpoint has the averages under the names of their parameters") {
  test::SmallRun run;
  train::Ema ema({.ema = 0.9}, *run.network);
  run.trainer({&ema}).run();
  const NamedArrays averaged = run.weights();
  run.trainer().swap_weights();
  Archive saved;
  ema.state(saved);
  for (const auto& [name, array] : averaged) {
    INFO(name);
    REQUIRE(saved.arrays().count("ema." + name) == 1);
    CHECK(saved.arrays().at("ema." + name).at(0) == array.at(0));
  }
  test::SmallRun other;
  train::Ema resumed({.ema = 0.9}, *other.network);
  Archive loaded(saved.values(), saved.arrays());
  resumed.state(loaded);
  resumed.swap_weights();
  CHECK(test::same(other.weights(), averaged));
}

TEST_CASE("without a decay nothing is averaged") {
  test::SmallRun run;
  train::Ema ema({}, *run.network);
  run.trainer({&ema}).run();
  const NamedArrays last = run.weights();
  ema.swap_weights();
  CHECK(test::same(run.weights(), last));
  Archive saved;
  ema.state(saved);
  CHECK(saved.arrays().empty());
}
