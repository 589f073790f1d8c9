#include "scanline/train/run_data.hpp"

#include "scanline/framework/core/error.hpp"
#include "scanline/train/catalogue.hpp"
#include "tests/catch.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using datasets::Dataset;
using datasets::Part;

namespace {

/// Images whose pixels are their numbers, of two classes.
struct Numbered : datasets::Source {
  struct Options {
    bool has_validation = false, has_test = false, has_labels = true;
    void declare(Fields& fields) {
      fields.add("validation", has_validation, "");
      fields.add("test", has_test, "");
      fields.add("labels", has_labels, "");
    }
  };
  Numbered(const datasets::Request&, const Options& options) : options_(options) {}
  bool has(Part part) const override {
    return part == Part::train ||
           (part == Part::test ? options_.has_test : options_.has_validation);
  }
  std::filesystem::path directory() const override { return "here"; }

 private:
  Dataset read(Part part) const override {
    Dataset dataset{.name = "numbered", .count = part == Part::train ? 100 : 7};
    dataset.rows = dataset.columns = 1;
    dataset.class_names = {"even", "odd"};
    const int first = part == Part::train ? 0 : part == Part::test ? 100 : 200;
    for (int i = 0; i < dataset.count; ++i) {
      dataset.pixels.push_back(static_cast<std::uint8_t>(first + i));
      dataset.labels.push_back(static_cast<datasets::Label>(i % 2));
    }
    if (part == Part::test && !options_.has_labels) dataset.labels.clear();
    return dataset;
  }
  Options options_;
};

train::Progress progress(train::ProgressKind::none);

train::RunData load(const Numbered::Options& options, const train::TrainOptions& common = {}) {
  datasets::Sources table = datasets::built_in();
  table.add(datasets::Sources::entry<Numbered>("numbered", ""));
  const auto text = [](bool value) { return value ? "true" : "false"; };
  const auto factory = table.choose("numbered", {{"validation", text(options.has_validation)},
                                                 {"test", text(options.has_test)},
                                                 {"labels", text(options.has_labels)}});
  return train::load_run_data(common, *factory, progress);
}

}  // namespace

TEST_CASE("the images of a run are read and split as its options say") {
  const test::Workspace space;
  const auto mnist = train::built_in().datasets.choose("mnist", {});
  const auto load_mnist = [&](const train::TrainOptions& options) {
    return train::load_run_data(options, *mnist, progress);
  };
  train::TrainOptions options;
  options.data = (space.path() / "data").string();
  options.val_size = 50;
  const train::RunData data = load_mnist(options);
  CHECK(data.directory == options.data);
  CHECK(data.split.train.size() == 350);
  CHECK(data.split.validation.size() == 50);
  CHECK(data.test_positions.size() == 100);
  CHECK(tested_images(data).split == "test");
  CHECK(data.normalization.mean == Approx(0.1307).epsilon(0.01));

  options.overfit_batches = 2;
  options.batch_size = 30;
  CHECK(load_mnist(options).split.train.size() == 60);
  options.image_size = "14x7";
  CHECK(load_mnist(options).images.columns == 7);
  CHECK(load_mnist(options).test_images.rows == 14);

  options.val_size = 0;
  CHECK(load_mnist(options).split.validation.empty());
  options.best.test_best = true;
  CHECK_THROWS_WITH(load_mnist(options),
                    "--test-best: expected images for validation, found none with --val-size 0");
  options.best.test_best = false;
  options.stopping.patience = 1;
  CHECK_THROWS_WITH(
      load_mnist(options),
      "--monitor val_loss: expected images for validation, found none with --val-size 0");
  options.stopping.monitor = "train_loss";
  CHECK_NOTHROW(load_mnist(options));
}

TEST_CASE("where a dataset has no test part one is split off") {
  train::TrainOptions options;
  options.test_size = 0.2;
  options.val_size = 10;
  const train::RunData data = load({}, options);
  CHECK(data.test_images.count == 20);
  CHECK(std::count(data.test_images.labels.begin(), data.test_images.labels.end(), 1) == 10);
  CHECK(data.images.count == 80);
  CHECK(data.split.validation.size() == 10);
  CHECK(data.split.train.size() == 70);
  std::vector<std::uint8_t> all = data.images.pixels;
  all.insert(all.end(), data.test_images.pixels.begin(), data.test_images.pixels.end());
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i < 100; ++i) CHECK(all[i] == i);

  options.seed = 9;  // the split depends on the data alone
  CHECK(load({}, options).test_images.pixels == data.test_images.pixels);
  options.test_size = 100;
  CHECK_THROWS_WITH(load({}, options),
                    "--test-size: expected fewer images to hold out than the 100 there are, found "
                    "100");
  options.test_size = 0;
  const train::RunData untested = load({}, options);
  CHECK(untested.test_positions.empty());
  CHECK(untested.images.count == 100);
  CHECK(tested_images(untested).split == "val");
  CHECK(&tested_images(untested).positions == &untested.split.validation);
  options.val_size = 0;
  CHECK(tested_images(load({}, options)).split == "train");
}

TEST_CASE("the validation part of a dataset takes the place of a split") {
  train::TrainOptions options;
  const train::RunData data = load({.has_validation = true, .has_test = true}, options);
  CHECK(data.split.train.size() == 100);
  REQUIRE(data.split.validation.size() == 7);
  CHECK(data.images.pixels[static_cast<std::size_t>(data.split.validation[0])] == 200);
  CHECK(data.images.count == 107);
  CHECK(data.images.labels.size() == 107);
  CHECK(data.normalization.mean == Approx(49.5 / 255));
  CHECK(data.test_images.pixels[0] == 100);
  options.val_size = 0;
  CHECK(load({.has_validation = true}, options).split.validation.empty());
}

TEST_CASE("test images without labels are not tested") {
  const train::RunData data = load({.has_test = true, .has_labels = false});
  CHECK(data.test_images.count == 7);
  CHECK(data.test_positions.empty());
  CHECK(tested_images(data).split == "val");
  CHECK(data.split.validation.size() == 10);
}
