#include "scanline/train/run_data.hpp"

#include "scanline/framework/core/error.hpp"
#include "scanline/train/catalogue.hpp"
#include "tests/catch.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;

TEST_CASE("the images of a run are read and split as its options say") {
  const test::Workspace space;
  const auto mnist = train::built_in().datasets.choose("mnist", {});
  train::TrainOptions options;
  options.data = (space.path() / "data").string();
  options.val_size = 50;
  const train::RunData data = train::load_run_data(options, *mnist);
  CHECK(data.directory == options.data);
  CHECK(data.split.train.size() == 350);
  CHECK(data.split.validation.size() == 50);
  CHECK(data.test_positions.size() == 100);
  CHECK(data.normalization.mean == Approx(0.1307).epsilon(0.01));

  options.overfit_batches = 2;
  options.batch_size = 30;
  CHECK(train::load_run_data(options, *mnist).split.train.size() == 60);

  options.val_size = 0;
  CHECK(train::load_run_data(options, *mnist).split.validation.empty());
  options.best.test_best = true;
  CHECK_THROWS_WITH(train::load_run_data(options, *mnist),
                    "--test-best: expected images for validation, found none with --val-size 0");
  options.best.test_best = false;
  options.stopping.patience = 1;
  CHECK_THROWS_WITH(
      train::load_run_data(options, *mnist),
      "--monitor val_loss: expected images for validation, found none with --val-size 0");
  options.stopping.monitor = "train_loss";
  CHECK_NOTHROW(train::load_run_data(options, *mnist));
}
