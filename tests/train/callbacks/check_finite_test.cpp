#include "scanline/train/callbacks/check_finite.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/train/small_run.hpp"

using namespace scanline;

namespace {

/// What is said of a network whose first gradient has this element.
std::string message(float element, double clip_norm, bool check_nan) {
  test::SmallRun run;
  train::ClipGradients clip({.clip_norm = clip_norm}, run.network->parameters());
  train::CheckFinite check({.check_nan = check_nan}, *run.network, clip);
  train::Trainer& trainer = run.trainer({});
  run.network->zero_grad();
  datasets::Epoch epoch = run.training.epoch();
  const datasets::Batch batch = *epoch.begin();
  run.loss(run.network->forward(Tensor(batch.images)), batch.labels).backward();
  run.network->parameters().front().grad().data<float>()[0] = element;
  clip.on_gradients_ready(trainer);
  try {
    check.on_gradients_ready(trainer);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a gradient that is not finite is found, clipped or not, and named") {
  const std::string name = test::SmallRun().network->named_parameters().front().name;
  const float infinity = std::numeric_limits<float>::infinity();
  for (const double clip_norm : {0.0, 1.0}) {
    CHECK(message(1, clip_norm, true).empty());
    for (const float bad : {infinity, -infinity, std::nanf("")}) {
      CHECK(message(bad, clip_norm, true) == "step 1: the gradient of " + name + " is not finite");
      CHECK(message(bad, clip_norm, false).empty());
    }
  }
}

TEST_CASE("a loss that is not finite ends a run before it changes the weights") {
  test::SmallRun run;
  train::ClipGradients clip({}, run.network->parameters());
  train::CheckFinite check({}, *run.network, clip);
  run.network->parameters().back().value().fill(NAN);
  const NamedArrays before = run.weights();
  train::Trainer& trainer = run.trainer({&clip, &check});
  CHECK_THROWS_WITH(trainer.run(), ContainsSubstring("step 1: the loss is "));
  CHECK(trainer.step() == 0);
  const std::string first = run.network->named_parameters().front().name;
  CHECK(run.weights().at(first).at(0) == before.at(first).at(0));
}

TEST_CASE("detect-anomaly names the op whose result is not finite") {
  test::SmallRun run;
  train::ClipGradients clip({}, run.network->parameters());
  train::CheckFinite check({.check_nan = true, .detect_anomaly = true}, *run.network, clip);
  run.network->parameters().back().value().fill(NAN);
  train::Trainer& trainer = run.trainer({&clip, &check});
  CHECK_THROWS_WITH(trainer.run(), ContainsSubstring("detect_anomaly: 'linear' in layer '"));
}
