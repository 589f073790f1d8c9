#include "scanline/train/final_test.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "scanline/datasets/loader.hpp"
#include "scanline/train/config.hpp"
#include "scanline/train/evaluate_lines.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/report/report.hpp"
#include "scanline/train/report/sample_sheet.hpp"

namespace scanline::train {
namespace {

datasets::Loader loader_of(const TestedImages& tested, const RunData& data, const RunOptions& run) {
  return {tested.images,
          tested.positions,
          {.batch_size = run.common().test_batch_size, .normalization = data.normalization}};
}

/// The option that ended the run before all epochs were done, and where; empty if none did, or if a
/// callback has given its reason already.
std::string describe_end(const Trainer& trainer, const RunLength& length) {
  const bool is_within_epoch = trainer.progress().batch > 0;
  const bool is_early = is_within_epoch || trainer.last_epoch() < length.epochs;
  if (!is_early || !trainer.stop_reason().empty()) return {};
  std::string option = fmt::format("--epochs {}", length.epochs);  // fewer than were begun before
  if (length.finish)
    option = "--finish";
  else if (length.max_steps > 0 && trainer.step() >= length.max_steps)
    option = fmt::format("--max-steps {}", length.max_steps);
  else if (length.max_time > 0)
    option = fmt::format("--max-time {}", length.max_time);
  return fmt::format("{} ended the run after step {}, {} epoch {}", option, trainer.step(),
                     is_within_epoch ? "within" : "after", trainer.last_epoch());
}

}  // namespace

Score test_and_report(nn::Layer& network, const ModelDescription& description, const RunData& data,
                      const RunOptions& run, RunDirectory& directory,
                      const dist::Communicator& ranks, const EvaluationObserver& observer) {
  save_model(directory.model_file(), network, description);
  const TestedImages tested = tested_images(data);
  const datasets::Loader loader = loader_of(tested, data, run);
  RunResults results{.description = description,
                     .network = network,
                     .config = to_config(run.fields()),
                     .options = run.fields().settings(),
                     .epochs = directory.log().epochs(),
                     .split = tested.split,
                     .samples = sample_sheet(data.images, data.split.train, augmentation_of(run))};
  Score result;
  // The report comes before the record of the test, with which a run counts as finished.
  if (loader.has_lines()) {
    const LineAnswers answers = read_all(network, loader, observer);
    result = score(answers);
    write_line_report(directory.path(), results, {tested.images, tested.positions, answers});
  } else {
    const Answers answers = answer_all(network, loader, description.task.classes, observer, ranks);
    Metrics metrics(description.task.classes);
    metrics.add(answers.logits, answers.labels);
    result = metrics.score();
    const bool is_test = tested.split == "test";  // whose positions are the first ones
    const datasets::Dataset others =
        is_test ? datasets::Dataset() : datasets::subset(tested.images, tested.positions);
    write_report(directory.path(), results, {is_test ? tested.images : others, answers});
  }
  nlohmann::ordered_json record{{"kind", tested.split}};
  record.update(to_json(result));
  directory.finish(record);
  return result;
}

void help_to_test(nn::Layer& network, const ModelDescription& description, const RunData& data,
                  const RunOptions& run, const dist::Communicator& ranks) {
  const TestedImages tested = tested_images(data);
  const datasets::Loader loader = loader_of(tested, data, run);
  if (!loader.has_lines()) answer_all(network, loader, description.task.classes, {}, ranks);
}

std::vector<std::string> summary(Training& training, const TrainOptions& options,
                                 const Score& score, const RunDirectory& directory,
                                 const std::string& split) {
  const Trainer& trainer = training.trainer();
  const KeepBest& kept = training.best();
  const Index last = trainer.last_epoch(), best = kept.epoch();
  std::vector<std::string> lines;
  if (const std::string end = describe_end(trainer, options.length); !end.empty())
    lines.push_back(end);
  if (options.best.test_best) {
    lines.push_back(
        fmt::format("tested the weights of epoch {} (validation accuracy {:.4f}), the best of {}",
                    best, kept.accuracy(), last));
  } else {
    lines.push_back(fmt::format("tested the {}weights after the last step, in epoch {}",
                                options.averaging.ema > 0 ? "averaged " : "", last));
    if (best > 0 && best != last)
      lines.push_back(
          fmt::format("the best epoch on validation, not tested, was epoch {} (accuracy {:.4f})",
                      best, kept.accuracy()));
  }
  const Interval interval = confidence_interval(score.correct, score.total);
  lines.push_back(fmt::format("95 % confidence interval of the {} accuracy: {:.4f} to {:.4f}",
                              split, interval.low, interval.high));
  lines.push_back(fmt::format("trained for {}; model, plots and report are in {}",
                              format_duration(trainer.seconds()), directory.path().string()));
  return lines;
}

}  // namespace scanline::train
