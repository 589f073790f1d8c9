#include "scanline/train/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "scanline/framework/dist/communicator.hpp"
#include "scanline/train/freeze.hpp"

namespace scanline::train {
namespace {

std::unique_ptr<optim::Schedule> make_schedule(const RunOptions& run, const TrainOptions& o,
                                               Index batches) {
  const Index total = o.length.total_steps(batches);
  return run.factory<optim::Schedules>().make(
      {.learning_rate = o.learning_rate,
       .total_steps = total,
       .warmup_steps = static_cast<Index>(std::lround(o.warmup * static_cast<double>(total))),
       .steps_per_epoch = o.length.steps_per_epoch(batches)});
}

std::unique_ptr<Loss> make_loss(const RunOptions& run, const datasets::Dataset& images,
                                const datasets::Split& split) {
  std::vector<Index> counts(images.class_names.size());
  for (const Index position : split.train)
    ++counts[images.labels[static_cast<std::size_t>(position)]];
  std::unique_ptr<Loss> loss = run.factory<Losses>().make();
  loss->set_class_counts(counts);
  return loss;
}

datasets::Normalization normalization(const ModelDescription& description) {
  return {description.mean, description.standard_deviation};
}

std::vector<Callback*> with(std::vector<Callback*> callbacks, Callback* last) {
  if (last != nullptr) callbacks.push_back(last);
  return callbacks;
}

/// The pieces of each batch that a rank computes.
datasets::Division division(Index wanted, const dist::Communicator& ranks) {
  const Index pieces = std::max<Index>(wanted, ranks.size());
  if (wanted > 0 && (pieces % ranks.size() != 0 ||
                     !std::has_single_bit(static_cast<std::uint64_t>(wanted)) || pieces > wanted))
    throw dist::SharedError(fmt::format(
        "--deterministic-ranks {}: expected a power of 2 that the number of ranks divides, "
        "found {} rank{}",
        wanted, ranks.size(), ranks.is_alone() ? "" : "s"));
  const Index of_rank = pieces / ranks.size();
  return {pieces, ranks.rank() * of_rank, (ranks.rank() + 1) * of_rank};
}

}  // namespace

Training::Training(const RunOptions& run, const TrainOptions& o, const datasets::Dataset& images,
                   const datasets::Split& split, nn::Layer& network,
                   const ModelDescription& description, const RunIdentity& identity,
                   RunDirectory& directory, Progress& progress, const StopRequest& stop,
                   Callback* last, const dist::Communicator& ranks)
    : training_loader_(images, split.train,
                       {.batch_size = o.batch_size,
                        .shuffle = !o.no_shuffle && o.overfit_batches == 0,
                        .seed = o.seed,
                        .normalization = normalization(description),
                        .augment = run.factory<datasets::Augmentations>().make(),
                        .division = division(o.deterministic_ranks, ranks)}),
      validation_loader_(
          images, split.validation,
          {.batch_size = o.test_batch_size, .normalization = normalization(description)}),
      loss_(make_loss(run, images, split)),
      optimizer_(
          run.factory<optim::Optimizers>().make(trained_parameters(network), o.learning_rate)),
      schedule_(make_schedule(run, o, training_loader_.batch_count())),
      profile_(o.profiling, progress),
      clip_(o.clipping, network.parameters()),
      check_(o.checking, network, clip_),
      ema_(o.averaging, network),
      best_(o.best, network, description, directory),
      stopping_(o.stopping),
      log_(o.logging, directory.log()),
      checkpoints_(o.checkpoints, directory, identity, description),
      report_(directory, description, run.fields()),
      line_(progress),
      trainer_(o.length,
               {.network = network,
                .loss = *loss_,
                .optimizer = *optimizer_,
                .schedule = *schedule_,
                .training = training_loader_,
                .validation = validation_loader_,
                .classes = description.task.classes,
                // Gradients are clipped before they are checked. A checkpoint holds what
                // comes before it; the user hears of an epoch when it is saved.
                .callbacks = ranks.rank() == 0
                                 ? with({&profile_, &clip_, &check_, &ema_, &best_, &stopping_,
                                         &log_, &checkpoints_, &report_, &line_},
                                        last)
                                 : std::vector<Callback*>{&clip_, &check_, &ema_, &stopping_},
                .stop = stop,
                .ranks = ranks}) {}

}  // namespace scanline::train
