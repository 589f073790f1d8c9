#include "scanline/train/losses.hpp"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/loss.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;

namespace {

/// A loss that a user might write: it has no use for the labels.
struct SumOfLogits : train::Loss {
  Tensor operator()(const Tensor& logits, const Array&) const override { return sum(logits); }
};

}  // namespace

TEST_CASE("the loss of the table is the cross-entropy, with the label smoothing that was read") {
  const Tensor logits(test::random_array({3, 4}), /*requires_grad=*/true);
  const Array labels = test::indices({0, 3, 1});
  const auto row = train::losses().find("cross-entropy").choose();
  CHECK((*row->make())(logits, labels).item() == cross_entropy(logits, labels).item());
  Fields fields;
  row->declare(fields);
  fields.find("label-smoothing")->read("0.2");
  CHECK((*row->make())(logits, labels).item() == cross_entropy(logits, labels, 0.2).item());
}

TEST_CASE("balanced weights make all classes count as much, and are those of scikit-learn") {
  const Tensor logits(test::random_array({3, 4}).to(DType::float32));
  const Array labels = test::indices({0, 3, 1});
  const std::vector<Index> counts{6, 1, 0, 3};
  Array weight = Array::zeros({4}, DType::float32);
  weight.assign(test::array({10.0 / 24, 10.0 / 4, 0, 10.0 / 12}));
  for (const std::string name : {"cross-entropy", "focal"}) {
    const auto row = train::losses().find(name).choose();
    Fields fields;
    row->declare(fields);
    const auto loss_of = [&] {
      const auto loss = row->make();
      loss->set_class_counts(counts);
      return (*loss)(logits, labels).item();
    };
    const auto expected = [&](const Array& own) {
      return name == "focal" ? focal_loss(logits, labels, 2, own).item()
                             : cross_entropy(logits, labels, 0, own).item();
    };
    CHECK(loss_of() == expected({}));
    const auto weight_of = [&](const Array& some) {
      const auto loss = row->make();
      loss->set_class_counts(counts);
      CHECK(loss->has_weights() == (fields.find("class-weights")->text() == "balanced"));
      return loss->weight_of(some);
    };
    CHECK(weight_of(labels) == 3);
    fields.find("class-weights")->read("balanced");
    CHECK(loss_of() == expected(weight));
    CHECK(loss_of() != expected({}));
    CHECK(weight_of(labels) == Approx(10.0 / 24 + 10.0 / 12 + 10.0 / 4));
  }
}

TEST_CASE("the focal loss has the exponent that was read") {
  const Tensor logits(test::random_array({3, 4}));
  const Array labels = test::indices({0, 3, 1});
  const auto row = train::losses().choose("focal", {{"focal-gamma", "0.5"}});
  CHECK((*row->make())(logits, labels).item() == focal_loss(logits, labels, 0.5).item());
}

TEST_CASE("a loss can be added to the table, and an unknown one is refused") {
  train::Losses table = train::losses();
  table.add(train::Losses::entry<SumOfLogits>("sum", "sum of the logits"));
  const Tensor logits(Array::full({2, 3}, 1, DType::float32));
  CHECK((*table.find("sum").choose()->make())(logits, test::indices({0, 0})).item() == 6);
  CHECK_THROWS_WITH(table.find("crossentropy"), ContainsSubstring("did you mean cross-entropy?"));
}

TEST_CASE("a run weighs classes by the number of its training images") {
  const test::Workspace space;
  namespace fs = std::filesystem;
  fs::create_directory(space.path() / "rare");
  for (const auto& [part, count] : {std::pair("train", 400U), std::pair("t10k", 100U)}) {
    const std::string images = std::string(part) + "-images-idx3-ubyte";
    fs::copy_file(space.path() / "data" / images, space.path() / "rare" / images);
    std::vector<std::uint8_t> labels;
    // A quarter of the images with the third pattern, which nothing tells from the others.
    for (unsigned n = 0; n < count; ++n) labels.push_back(n % 40 == 3 ? 1 : 0);
    test::write_idx(space.path() / "rare" / (std::string(part) + "-labels-idx1-ubyte"), {count},
                    labels);
  }
  const std::string options =
      "train --dataset idx --data rare --model mlp --hidden-size 8 --dropout 0 --augment none "
      "--batch-size 40 --max-steps 10 --lr 0.01 --schedule constant --warmup 0 --ema 0 --quiet ";
  const auto predictions_of_rare_class = [&](const std::string& weights) {
    const test::Outcome run =
        test::run_scanline(space.path(), options + weights + " --exist-ok --out run");
    INFO(run.err);
    REQUIRE(run.status == 0);
    const test::Outcome eval = test::run_scanline(space.path(), "eval run --json");
    const auto confusion = nlohmann::json::parse(eval.out)["confusion"];
    return confusion[0][1].get<int>() + confusion[1][1].get<int>();
  };
  const int plain = predictions_of_rare_class("--class-weights none");
  CHECK(plain < predictions_of_rare_class("--class-weights balanced"));
  predictions_of_rare_class("--loss focal --class-weights balanced");
  CHECK_THAT(test::read_file(space.path() / "run/config.toml"),
             ContainsSubstring("\nclass-weights=\"balanced\"\n") &&
                 ContainsSubstring("\nfocal-gamma=2\n"));
}
