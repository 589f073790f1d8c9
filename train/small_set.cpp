#include "scanline/train/small_set.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstdint>

namespace scanline::train {
namespace {

// docs/accuracy.md has the measurements from which these were chosen.
constexpr Index large_set = 20'000;
constexpr Index enough_steps_per_epoch = 20, smallest_batch = 8;
constexpr Index enough_steps = 1000, most_epochs = 200;

Index divided(Index dividend, Index divisor) { return (dividend + divisor - 1) / divisor; }

bool is_given(const FoundSettings& settings, const std::string& option) {
  const auto found = settings.find(option);
  return found != settings.end() && found->second.origin != Setting::Origin::base &&
         found->second.origin != Setting::Origin::recipe;
}

/// Whether the recipe names the dataset of the run, which it was made for then.
bool has_own_recipe(const FoundSettings& settings) {
  return settings.count("dataset") > 0 && !is_given(settings, "dataset");
}

/// The largest power of two with enough steps in an epoch, but not more than `batch`.
Index smaller_batch(Index images, Index batch) {
  if (divided(images, batch) >= enough_steps_per_epoch) return batch;
  const auto most = static_cast<std::uint64_t>(std::max<Index>(images / enough_steps_per_epoch, 1));
  return std::min(batch, std::max(static_cast<Index>(std::bit_floor(most)), smallest_batch));
}

}  // namespace

std::vector<std::string> fit_to_set(FoundSettings& settings, const TrainOptions& options,
                                    Index training_images) {
  std::vector<std::string> lines, replaced;
  const auto replace = [&](const std::string& option, Index before, Index after) {
    if (before == after) return;
    settings[option] = {.text = fmt::to_string(after), .where = "--" + option};
    replaced.push_back(fmt::format("--{} {} instead of {}", option, after, before));
  };
  const RunLength& length = options.length;
  const bool stays = training_images >= large_set || length.limit_train_batches > 0 ||
                     options.overfit_batches > 0 || has_own_recipe(settings);
  Index batch = options.batch_size;
  if (!stays && !is_given(settings, "batch-size")) {
    batch = smaller_batch(training_images, batch);
    replace("batch-size", options.batch_size, batch);
  }
  if (!stays && !is_given(settings, "epochs") && length.max_steps == 0 && length.max_time == 0) {
    const Index enough = divided(enough_steps, divided(training_images, batch));
    replace("epochs", length.epochs, std::max(length.epochs, std::min(enough, most_epochs)));
  }
  if (!replaced.empty())
    lines.push_back(fmt::format("{} training images are few, so the run uses {}", training_images,
                                fmt::join(replaced, " and ")));
  if (batch > training_images && is_given(settings, "batch-size"))
    lines.push_back(
        fmt::format("note: --batch-size {} is larger than the training set, so that an epoch is "
                    "one step on {} images",
                    batch, training_images));
  return lines;
}

}  // namespace scanline::train
