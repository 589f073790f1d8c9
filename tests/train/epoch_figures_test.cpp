#include "scanline/train/epoch_figures.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/catch.hpp"

using namespace scanline;
using train::EpochFigures;

namespace {

EpochFigures validated(double accuracy, double loss) {
  EpochFigures epoch;
  epoch.val_accuracy = accuracy;
  epoch.val_loss = loss;
  return epoch;
}

}  // namespace

TEST_CASE("the better epoch has the higher accuracy, or the same at a lower loss") {
  CHECK(is_better(validated(0.9, 2), validated(0.8, 1)));
  CHECK_FALSE(is_better(validated(0.8, 1), validated(0.9, 2)));
  CHECK(is_better(validated(0.9, 1), validated(0.9, 2)));
  CHECK_FALSE(is_better(validated(0.9, 1), validated(0.9, 1)));
  CHECK_FALSE(is_better(validated(0.9, NAN), validated(0.9, 1)));
  CHECK(is_better(validated(0, NAN), EpochFigures()));
  CHECK_FALSE(is_better(EpochFigures(), validated(0, NAN)));
  CHECK_FALSE(is_better(EpochFigures(), EpochFigures()));
}

TEST_CASE("the record of an epoch is read as it was written") {
  EpochFigures epoch = validated(0.75, 0.5);
  epoch.epoch = 3;
  epoch.train_loss = 0.1;
  epoch.learning_rate = 1e-3;
  epoch.seconds = 2.5;
  const auto back = train::read_epochs(to_record(epoch).dump() + "\n{\"kind\":\"step\"}\n{\"ki");
  REQUIRE(back.size() == 1);
  CHECK(to_record(back[0]) == to_record(epoch));
  EpochFigures unfinished;
  unfinished.train_loss = NAN;
  const auto nan = train::read_epochs(to_record(unfinished).dump());
  CHECK(std::isnan(nan.at(0).train_loss));
  CHECK_FALSE(nan.at(0).val_loss.has_value());
}
