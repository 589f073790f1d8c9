#include "scanline/train/report/detail/loss_gap.hpp"

#include <cmath>

#include "tests/catch.hpp"

using namespace scanline;
using train::explain_loss_gap;

namespace {

train::EpochFigures epoch(double train_loss, std::optional<double> val_loss) {
  train::EpochFigures figures;
  figures.train_loss = train_loss;
  figures.val_loss = val_loss;
  return figures;
}

}  // namespace

TEST_CASE("the report says why the training loss lies above the validation loss") {
  const std::string begin = "The training loss lies above the validation loss because ";
  const std::vector<train::EpochFigures> above{epoch(1, 2), epoch(0.5, 0.25)};
  CHECK(explain_loss_gap(above, {{"augment", "affine"},
                                 {"dropout", "0.1"},
                                 {"label-smoothing", "0.02"},
                                 {"ema", "0.999"}}) ==
        begin +
            "only training uses augmentation, dropout and label smoothing, and validation uses the "
            "averaged weights.");
  CHECK(explain_loss_gap(above, {{"augment", "none"}, {"dropout", "0.1"}, {"ema", "0"}}) ==
        begin + "only training uses dropout.");
  CHECK(explain_loss_gap(above, {{"ema", "0.9"}, {"label-smoothing", "0"}}) ==
        begin + "validation uses the averaged weights.");
  CHECK(explain_loss_gap(above, {}) ==
        begin + "it is the mean over an epoch in which the loss falls.");
}

TEST_CASE("there is nothing to explain where the training loss does not lie above") {
  const Settings options{{"dropout", "0.1"}};
  CHECK(explain_loss_gap({}, options).empty());
  CHECK(explain_loss_gap({epoch(2, 1), epoch(0.25, 0.5)}, options).empty());
  CHECK(explain_loss_gap({epoch(2, std::nullopt)}, options).empty());
  CHECK(explain_loss_gap({epoch(NAN, 1)}, options).empty());
}
