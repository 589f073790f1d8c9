#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "scanline/datasets/loader.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/optim/adam.hpp"
#include "scanline/models/registry.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/losses.hpp"
#include "scanline/train/trainer.hpp"

namespace scanline::test {

/// A run of two steps an epoch on four images of 2 x 2 pixels, which are its validation as well.
struct SmallRun {
  SmallRun() {
    images.count = 4;
    images.rows = images.columns = 2;
    images.pixels = {0, 255, 0, 255, 255, 0, 255, 0, 0, 200, 0, 200, 200, 0, 200, 0};
    images.labels = {0, 1, 0, 1};
    images.class_names = {"0", "1"};
    set_default_random_state({.seed = 7});
    network = models::built_in().choose("mlp", description.options)->make(description.task);
    optimizer = std::make_unique<optim::Adam>(network->parameters(), 0.01);
  }

  /// Makes the trainer.
  train::Trainer& trainer(std::vector<train::Callback*> callbacks) {
    const Index batches = training.batch_count();
    schedule = std::make_unique<optim::ConstantSchedule>(
        optim::ScheduleInputs{.learning_rate = 0.01,
                              .total_steps = options.total_steps(batches),
                              .steps_per_epoch = options.steps_per_epoch(batches)});
    made.emplace(options, train::Trainer::Parts{.network = *network,
                                                .loss = loss,
                                                .optimizer = *optimizer,
                                                .schedule = *schedule,
                                                .training = training,
                                                .validation = validation,
                                                .classes = 2,
                                                .callbacks = std::move(callbacks),
                                                .stop = stop()});
    return *made;
  }
  /// The trainer that was made.
  train::Trainer& trainer() { return *made; }

  /// A copy of the network's weights.
  NamedArrays weights() const {
    NamedArrays result;
    for (const auto& [name, array] : network->state_dict()) result.emplace(name, array.copy());
    return result;
  }

  train::RunLength options{.epochs = 2};
  datasets::Dataset images;
  ModelDescription description{.model = "mlp",
                               .task = {.rows = 2, .columns = 2, .classes = 2},
                               .options = {{"hidden-size", "3"}},
                               .class_names = {"0", "1"},
                               .dataset = "four",
                               .version = "1"};
  std::unique_ptr<nn::Layer> network;
  train::CrossEntropy loss{{}};
  std::unique_ptr<optim::Optimizer> optimizer;
  std::unique_ptr<optim::Schedule> schedule;
  datasets::Loader training{images, {0, 1, 2, 3}, {.batch_size = 2, .shuffle = true}};
  datasets::Loader validation{images, {0, 1, 2, 3}, {.batch_size = 4}};
  std::optional<train::Trainer> made;

  /// There can be one at a time.
  static const train::StopRequest& stop() {
    static const train::StopRequest request;
    return request;
  }
};

/// Whether all elements are the same.
inline bool same(const NamedArrays& a, const NamedArrays& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, array] : a) {
    const auto other = b.find(name);
    if (other == b.end() || other->second.size() != array.size()) return false;
    for (Index i = 0; i < array.size(); ++i)
      if (array.at(i) != other->second.at(i)) return false;
  }
  return true;
}

}  // namespace scanline::test
