#include "scanline/train/evaluate.hpp"

#include <utility>

#include "tests/catch.hpp"
#include "tests/datasets/numbered_images.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using train::Answers;

namespace {

/// Its three logits are the pixel of an image, and one and two pixels less.
struct Copy : nn::Layer {
  Tensor forward(const Tensor& images) override {
    const Array logits({images.size(0), 3}, DType::float32);
    for (Index i = 0; i < images.size(0); ++i)
      for (Index c = 0; c < 3; ++c)
        logits.data<float>()[3 * i + c] =
            images.value().data<float>()[i] - static_cast<float>(c) / 255;
    return Tensor(logits);
  }
};

}  // namespace

TEST_CASE("a network answers for all images of a loader, in their order") {
  datasets::Dataset images = test::numbered_images(10);
  Copy network;
  const Answers answers =
      train::answer_all(network, datasets::Loader(images, {7, 2, 9}, {.batch_size = 2}), 3);
  CHECK(test::values(answers.labels) == std::vector<double>{1, 2, 0});
  REQUIRE(answers.logits.shape() == Shape{3, 3});
  for (Index i = 0; i < 3; ++i)
    CHECK(answers.logits.at(3 * i) ==
          Approx((std::vector{7, 2, 9}[static_cast<std::size_t>(i)]) / 255.0));
  CHECK_FALSE(network.is_training());

  std::vector<Index> done;
  train::answer_all(network, datasets::Loader(images, {7, 2, 9}, {.batch_size = 2}), 3,
                    [&](const train::EvaluationState& state) {
                      CHECK(state.count == 3);
                      CHECK(state.seconds >= 0);
                      done.push_back(state.images);
                    });
  CHECK(done == std::vector<Index>{2, 3});

  images.labels.clear();
  const Answers unlabelled =
      train::answer_all(network, datasets::Loader(images, {7, 2, 9}, {.batch_size = 2}), 3);
  CHECK_FALSE(unlabelled.labels.defined());
  CHECK(test::values(unlabelled.logits) == test::values(answers.logits));
}

TEST_CASE("each model sees images as in its training") {
  const datasets::Dataset images = test::numbered_images(3);
  std::vector<LoadedModel> models(1);
  models.front().network = std::make_unique<Copy>();
  ModelDescription& description = models.front().description;
  description.task.classes = 3;
  description.dataset = "numbers";
  description.mean = 0.25;
  description.standard_deviation = 0.5;
  const auto first = [&](const datasets::Normalization& otherwise) {
    return train::answer_together(models, images, {2}, otherwise, 1).logits.at(0);
  };
  CHECK(first({0.5, 2}) == Approx((2 / 255.0 - 0.25) / 0.5));
  description.knows_normalization = false;
  CHECK(first({0.5, 2}) == Approx((2 / 255.0 - 0.5) / 2));
}

TEST_CASE("the evaluation of several models is observed model by model") {
  const datasets::Dataset images = test::numbered_images(3);
  std::vector<LoadedModel> models(2);
  for (LoadedModel& model : models) {
    model.network = std::make_unique<Copy>();
    model.description.task.classes = 3;
  }
  std::vector<std::pair<std::size_t, Index>> done;
  train::answer_together(models, images, {0, 1, 2}, {0, 1}, 2,
                         [&](std::size_t model, const train::EvaluationState& state) {
                           CHECK(state.count == 3);
                           done.emplace_back(model, state.images);
                         });
  CHECK(done == std::vector<std::pair<std::size_t, Index>>{{0, 2}, {0, 3}, {1, 2}, {1, 3}});
}
