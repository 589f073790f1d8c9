#include "scanline/train/commands/train_command.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/io/checkpoint.hpp"
#include "scanline/framework/ops/precision.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/config.hpp"
#include "scanline/train/dry_run.hpp"
#include "scanline/train/final_test.hpp"
#include "scanline/train/freeze.hpp"
#include "scanline/train/initial_weights.hpp"
#include "scanline/train/network.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/ranks.hpp"
#include "scanline/train/run_data.hpp"
#include "scanline/train/run_directory.hpp"
#include "scanline/train/run_identity.hpp"
#include "scanline/train/scratch_directory.hpp"
#include "scanline/train/small_set.hpp"
#include "scanline/train/standard_streams.hpp"
#include "scanline/train/training.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// Takes the trainer to the newest checkpoint that is not damaged. Returns its content; nothing
/// where there is no checkpoint.
std::optional<io::Safetensors> restore(Training& training, const RunDirectory& directory) {
  const std::vector<fs::path> files = directory.checkpoint_files();
  for (std::size_t i = 0; i < files.size(); ++i) {
    io::Safetensors content;
    try {
      content = io::read_checkpoint(files[i]);
    } catch (const Error& error) {
      const bool is_oldest = i + 1 == files.size();
      say(fmt::format("note: {}{}", error.what(),
                      is_oldest ? "" : "; the checkpoint before it is used"));
      continue;
    }
    training.restore(files[i], content);
    return content;
  }
  if (!files.empty())
    throw Error(fmt::format("{}: all of its checkpoints are damaged", directory.path().string()));
  // Nothing would say whether the model that is there came of the same options and data.
  std::error_code error;
  if (fs::exists(directory.model_file(), error))
    throw Error(fmt::format("{}: expected a checkpoint to resume from, found a model only",
                            directory.path().string()));
  say(fmt::format("note: {}: there is no checkpoint, so the run starts from the beginning",
                  directory.path().string()));
  return {};
}

/// What belongs to the process and not only to the run.
void set_up_process(const TrainOptions& options, const dist::Communicator& ranks) {
  if (options.threads > 0)
    set_thread_count(options.threads);
  else if (!ranks.is_alone())
    set_thread_count(threads_of_rank(ranks));
  set_training_precision(options.precision == "bf16" ? Precision::bf16 : Precision::float32);
  set_default_random_state({.seed = options.seed});
}

/// The directory of the run that is resumed, or a new one. A network that does not go on from a
/// checkpoint gets its initial weights.
RunDirectory open_directory(const TrainOptions& options, nn::Layer& network,
                            const ModelDescription& description, const models::Registry& registry) {
  const bool resumes = !options.resume.empty();
  std::optional<RunDirectory> resumed;
  if (resumes) resumed.emplace(RunDirectory::open(options.resume));
  // A checkpoint holds all weights; the file that the first ones came from may be gone.
  if (!options.init.empty() && !(resumes && !resumed->checkpoint_files().empty()))
    for (const std::string& note :
         load_initial_weights(options.init, network, description, registry))
      say(note);
  return resumes ? std::move(*resumed)
                 : RunDirectory::make(options.out, options.model, options.exist_ok);
}

void show(Progress& progress, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) progress.line(line);
}

void print_result(const std::string& split, const Score& score) {
  fmt::print("{}\n", result_line(split, score));
  flush_standard_output();
}

/// Whether the run had its test, and all of its files are there. Then its result is printed again.
bool print_former_result(const RunDirectory& directory, const io::Safetensors& checkpoint) {
  const std::optional<Json> tested = directory.test_record(checkpoint);
  if (!tested) return false;
  const Json& loss = tested->at("loss");  // null stands for one that is not finite
  Score score{.correct = tested->at("correct").get<Index>(),
              .total = tested->at("total").get<Index>(),
              .loss = loss.is_null() ? NAN : loss.get<double>()};
  if (tested->contains("digit_error")) score.digit_error = tested->at("digit_error").get<double>();
  print_result(tested->at("kind").get<std::string>(), score);
  return true;
}

/// Takes the files of a run that is resumed to where its checkpoint is, if there is one.
void restore_files(RunDirectory& directory, Training& training,
                   const std::optional<io::Safetensors>& checkpoint, const std::string& config) {
  if (checkpoint) {
    directory.log().restore(*checkpoint);
    training.best().restore_file();
  } else {
    directory.log().start();
  }
  directory.write_config(config);
}

/// Says so if a resumed run has gone further than it is asked to go now.
void note_length(const Trainer& trainer, const RunLength& length) {
  if (trainer.step() <= trainer.total_steps()) return;
  const bool by_steps = length.max_steps > 0 && trainer.step() > length.max_steps;
  say(fmt::format("note: the run has done {} steps already, more than with {}, and ends here",
                  trainer.step(),
                  by_steps ? fmt::format("--max-steps {}", length.max_steps)
                           : fmt::format("--epochs {}", length.epochs)));
}

/// How the first step of a run comes about.
enum class Start { begins, resumes, has_ended };

/// Takes the ranks of a run to its newest checkpoint if it is resumed. If it has ended, prints its
/// result again.
Start start(const RunOptions& run, const TrainOptions& options, Training& training,
            RunDirectory& directory, const std::string& config, const dist::Communicator& ranks) {
  Trainer& trainer = training.trainer();
  const bool resumes = !options.resume.empty() && ranks.rank() == 0;
  const std::optional<io::Safetensors> checkpoint =
      resumes ? restore(training, directory) : std::nullopt;
  share_state(ranks, trainer);
  trainer.agree();
  note_length(trainer, options.length);
  const bool has_result =
      checkpoint && trainer.is_finished() && print_former_result(directory, *checkpoint);
  // Its notes may have changed.
  if (has_result &&
      read_all_options(RunDirectory::find_config(directory.path())) != run.fields().settings())
    directory.write_config(config);
  if (!ranks.broadcast(has_result ? "ended" : "").empty()) return Start::has_ended;
  if (options.length.finish && trainer.step() == 0)
    throw Error(fmt::format("{}: expected a run with at least one step to finish, found none",
                            directory.path().string()));
  if (resumes) restore_files(directory, training, checkpoint, config);
  // Until there is a new one, the run counts as interrupted.
  if (resumes && !trainer.is_finished()) directory.remove_results();
  return checkpoint ? Start::resumes : Start::begins;
}

/// "2 threads", or "4 ranks of 2 threads".
std::string workers(const dist::Communicator& ranks) {
  const std::string threads =
      fmt::format("{} thread{}", thread_count(), thread_count() == 1 ? "" : "s");
  return ranks.is_alone() ? threads : fmt::format("{} ranks of {}", ranks.size(), threads);
}

/// Says what is trained on what, and where.
void introduce(Progress& progress, const nn::Layer& network, const RunOptions& run,
               const RunData& data, const std::string& workers, const std::string& place,
               const std::vector<std::string>& notes) {
  progress.line(fmt::format("{} with {} parameters on {}{}, {}, {}", run.common().model,
                            network.parameter_count(), data.images.name,
                            run.has_detected_dataset() ? " (detected)" : "", workers, place));
  using datasets::example_count;
  std::string test = fmt::to_string(example_count(data.test_images, data.test_positions));
  if (data.test_images.count > 0 && data.test_images.labels.empty())
    test = fmt::format("none of {} without labels", data.test_images.count);
  progress.line(fmt::format("{} {} for training, {} for validation, {} for the test",
                            example_count(data.images, data.split.train),
                            data.images.lines ? "lines" : "images",
                            example_count(data.images, data.split.validation), test));
  show(progress, notes);
}

/// Trains to the end. Returns 0, or the exit status of a run that was stopped before. `place` is
/// the directory of the run, which the first rank has.
int run_trainer(Trainer& trainer, Progress& progress, const TrainOptions& options,
                RunDirectory& directory, const std::string& place) {
  bool is_done = false;
  try {
    is_done = trainer.run();
  } catch (const dist::RankFailure& failure) {
    progress.clear();
    throw dist::RankFailure(failure.rank(),
                            fmt::format("{} (step {}); go on with: scanline train --resume {}",
                                        failure.what(), trainer.step() + 1, place));
  } catch (...) {
    // A run that has not begun leaves nothing, so that the same command can be tried again.
    if (options.resume.empty() && trainer.step() == 0) directory.discard();
    throw;
  }
  const int signal = trainer.stop_signal();
  if (options.dry_run && signal != 0) return 128 + signal;
  if (is_done) return 0;
  progress.clear();
  say(fmt::format("stopped by {} after step {}; go on with: scanline train --resume {}",
                  StopRequest::name_of(signal), trainer.step(), place));
  return 128 + signal;
}

/// Trains, tests and reports. Returns the exit status. `notes` are lines about the options.
int train(const RunOptions& run, RunData data, const models::Registry& registry, Progress& progress,
          const std::vector<std::string>& notes, const dist::Communicator& ranks) {
  const TrainOptions& wanted = run.common();
  std::optional<DryRun> dry_run;
  if (wanted.dry_run) dry_run.emplace(wanted, data);
  const TrainOptions& options = dry_run ? dry_run->options() : wanted;
  const ModelDescription description = describe(run, data);
  const std::unique_ptr<nn::Layer> network =
      make_network(run.factory<models::Registry>(), description);
  if (!options.freeze.empty()) freeze(*network, options.freeze);
  const RunIdentity identity(run.fields(), data.directory, data.images, data.test_images);
  check_same(ranks, identity);
  const std::string config = to_config(run.fields());
  // Only the first rank leaves files.
  const bool is_first = ranks.rank() == 0;
  std::optional<ScratchDirectory> scratch;
  if (!is_first) scratch.emplace();
  RunDirectory directory =
      is_first ? open_directory(options, *network, description, registry)
               : RunDirectory::make(scratch->path(), options.model, /*exist_ok=*/true);
  const std::string place = ranks.broadcast(directory.path().string());
  const StopRequest stop;
  std::optional<Training> made;
  try {
    made.emplace(run, options, data.images, data.split, *network, description, identity, directory,
                 progress, stop, dry_run ? &*dry_run : nullptr, ranks);
    if (is_first && options.resume.empty()) directory.begin(config);
  } catch (...) {
    if (options.resume.empty()) directory.discard();
    throw;
  }
  Training& training = *made;
  Trainer& trainer = training.trainer();
  const Start begin = start(run, options, training, directory, config, ranks);
  if (begin == Start::has_ended) return 0;
  introduce(progress, *network, run, data, workers(ranks),
            dry_run ? "a dry run" : (begin == Start::resumes ? "resumed in " : "into ") + place,
            notes);
  if (const int status = run_trainer(trainer, progress, options, directory, place)) return status;
  share_weights(ranks, *network);  // of which the first rank may have chosen the best
  const std::string split = tested_images(data).split;
  if (!is_first) {
    help_to_test(*network, description, data, run, ranks);
    return 0;
  }
  const Score score = test_and_report(*network, description, data, run, directory, ranks,
                                      [&](const EvaluationState& state) {
                                        progress.update(split, state);
                                        if (dry_run) dry_run->on_test_step(state);
                                      });
  if (!dry_run) show(progress, summary(training, options, score, directory, split));
  progress.clear();
  print_result(split, score);
  if (dry_run) show(progress, dry_run->summary());
  return 0;
}

}  // namespace

void TrainCommand::declare(Fields& fields) { fields.merge(possible_.fields()); }

void TrainCommand::read(const Fields&, const Arguments& arguments) {
  settings_ = find_settings(catalogue_, possible_, found_settings(arguments));
  options_.emplace(catalogue_, settings_);
}

Settings TrainCommand::values(const Fields& fields) const { return options_->values_of(fields); }

int TrainCommand::run() {
  for (const std::string& where : options_->unused())
    say(fmt::format("note: {} is not an option of this run", where));
  if (options_->common().dump_config) {
    if (dist::started_rank() > 0) return 0;
    fmt::print("{}", to_config(options_->fields()));
    return 0;
  }
  const TrainOptions& wanted = options_->common();
  if (wanted.length.finish && wanted.resume.empty())
    throw UsageError("--finish: expected --resume with the run to finish, found none");
  return run_on_ranks(wanted.rank_timeout,
                      [this](const dist::Communicator& ranks) { return train_on(ranks); });
}

int TrainCommand::train_on(const dist::Communicator& ranks) {
  const TrainOptions& wanted = options_->common();
  set_up_process(wanted, ranks);
  Progress progress(wanted.quiet || ranks.rank() > 0 ? ProgressKind::none
                                                     : progress_kind(wanted.progress));
  RunData data = load_run_data(wanted, options_->factory<datasets::Sources>(), progress);
  const std::vector<std::string> notes =
      fit_to_set(settings_, wanted, datasets::example_count(data.images, data.split.train));
  options_.emplace(catalogue_, settings_);
  return train(*options_, std::move(data), catalogue_.models, progress, notes, ranks);
}

}  // namespace scanline::train
