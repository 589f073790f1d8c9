#include "scanline/train/dry_run.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "scanline/datasets/loader.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/trainer.hpp"

namespace scanline::train {
namespace {

// As many steps as take a second, but at least three, since the first one takes longer than others.
constexpr Index fewest_steps = 3, most_steps = 50;
constexpr std::chrono::seconds long_enough(1);

double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The most memory that this process has had so far, in GB.
double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e9;  // which Linux counts in KiB
}

TrainOptions shortened(TrainOptions options, const std::string& directory) {
  options.length.epochs = 1;
  const Index wanted = options.length.max_steps;
  options.length.max_steps = wanted > 0 ? std::min(wanted, most_steps) : most_steps;
  options.out = directory;
  options.exist_ok = true;
  return options;
}

}  // namespace

double estimate_seconds(const RunWork& work, const WorkTimes& times) {
  const auto steps = static_cast<double>(work.steps), epochs = static_cast<double>(work.epochs);
  double training = steps * times.step;
  if (work.max_train_seconds > 0) training = std::min(training, work.max_train_seconds);
  const double validation = static_cast<double>(work.validation_images) * times.evaluated_image;
  const double test = static_cast<double>(work.test_images) * times.evaluated_image;
  return training + epochs * (validation + times.epoch_end) + test + times.run_end;
}

DryRun::DryRun(const TrainOptions& options, RunData& data)
    : options_(shortened(options, directory_.path())) {
  using datasets::example_count;
  const Index training_images = example_count(data.images, data.split.train);
  const Index batches = (training_images + options.batch_size - 1) / options.batch_size;
  work_.steps = options.length.total_steps(batches);
  work_.epochs = options.length.begun_epochs(batches);
  work_.validation_images = example_count(data.images, data.split.validation);
  work_.test_images = example_count(data.test_images, data.test_positions);
  work_.max_train_seconds = 60 * options.length.max_time;
  for (std::vector<Index>* positions : {&data.split.validation, &data.test_positions})
    positions->resize(
        std::min(positions->size(), static_cast<std::size_t>(options.test_batch_size)));
}

void DryRun::on_epoch_begin(Trainer&) { start_ = Clock::now(); }

void DryRun::on_step_end(Trainer& trainer) {
  const Clock::time_point now = Clock::now();
  if (trainer.step() == 1)
    first_step_seconds_ = seconds(now - start_);
  else
    step_seconds_.push_back(seconds(now - previous_));
  previous_ = now;
}

void DryRun::on_validation_step(Trainer&, const EvaluationState& state) { validation_ = state; }

void DryRun::on_epoch_end(Trainer&, EpochFigures&) {
  epoch_end_seconds_ = seconds(Clock::now() - previous_);
}

void DryRun::on_run_end(Trainer&) { previous_ = Clock::now(); }

std::string DryRun::stop_reason() const {
  const auto steps = static_cast<Index>(step_seconds_.size()) + 1;
  if (steps < fewest_steps || Clock::now() - start_ < long_enough) return "";
  return "the dry run has done enough steps";
}

std::vector<std::string> DryRun::summary() const {
  const WorkTimes times{
      .step = step_seconds_.empty() ? first_step_seconds_ : median(step_seconds_),
      .evaluated_image = test_.seconds / static_cast<double>(std::max<Index>(test_.images, 1)),
      .epoch_end = epoch_end_seconds_ - validation_.seconds,
      .run_end = seconds(Clock::now() - previous_) - test_.seconds};
  return {fmt::format("the whole run of {} step{} will take about {} and {:.2f} GB of memory",
                      work_.steps, work_.steps == 1 ? "" : "s",
                      format_short_duration(estimate_seconds(work_, times)), peak_memory()),
          "the dry run looks fine"};
}

}  // namespace scanline::train
