#include "scanline/train/run_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>
#include <system_error>
#include <utility>

#include "scanline/datasets/preparation.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/train/config.hpp"
#include "scanline/train/initial_weights.hpp"
#include "scanline/train/run_directory.hpp"

namespace scanline::train {

void check_held_out(double size) {
  if (size >= 1 && size != std::floor(size))
    throw Error(fmt::format(
        "expected a whole number of images, or a fraction of them below 1, found '{}'", size));
}

namespace {

// Each of these declares the options under one heading. `choose` declares an option that chooses a
// row of a table, and then what the rows declare.

template <class Choose>
void declare_data(Fields& fields, TrainOptions& o, const Catalogue& catalogue, Choose& choose) {
  fields.begin_group("Data");
  choose("dataset", o.dataset, catalogue.datasets, "Dataset, or format of the files in --data");
  fields
      .add("data", o.data,
           "Directory or file of the dataset; without --dataset, its format is detected "
           "[data/<dataset>]")
      .changeable();
  fields
      .add("val-size", o.val_size, {0, largest_count},
           "Training images held out for validation: a number, or a fraction below 1; 0: none")
      .checked([&o] { check_held_out(o.val_size); });
  fields
      .add("test-size", o.test_size, {0, largest_count},
           "Training images split off for the test if the dataset has no test images: a number, or "
           "a fraction below 1; 0: none")
      .checked([&o] { check_held_out(o.test_size); });
  fields.add("prepare", o.prepare, {"none", "digit"},
             "Preparation of images besides resizing, stored in the model; digit: find the ink and "
             "centre it as in MNIST");
  fields
      .add("image-size", o.image_size,
           "Resize images to HxW pixels, or to a square of N [their own size; pictures 28x28]")
      .checked([&o] {
        if (!o.image_size.empty()) datasets::parse_image_size(o.image_size);
      })
      .placeholder = "HxW";
  fields.add("skip-bad", o.skip_bad, "Leave out pictures that cannot be read");
  choose("augment", o.augment, catalogue.augmentations, "Augmentation of training images");
  fields.add("no-shuffle", o.no_shuffle, "Do not shuffle the training images");
}

template <class Choose>
void declare_model(Fields& fields, TrainOptions& o, const Catalogue& catalogue, Choose& choose) {
  fields.begin_group("Model");
  choose("model", o.model, catalogue.models, "Model to train");
  fields.add("init", o.init, "Start from the weights of this model file or run directory");
  fields
      .add("freeze", o.freeze,
           "Keep parameters whose names match as they are: patterns such as 'lstm.*', separated by "
           "commas")
      .placeholder = "PATTERNS";
}

template <class Choose>
void declare_optimization(Fields& fields, TrainOptions& o, const Catalogue& catalogue,
                          Choose& choose) {
  fields.begin_group("Optimization");
  add_choice(fields, "recipe", o.recipe, catalogue.recipes, "Named set of option values");
  o.length.declare(fields);
  fields.add("batch-size", o.batch_size, {1, 1'000'000}, "Images per training step");
  fields.add("test-batch-size", o.test_batch_size, {1, 1'000'000},
             "Images per batch in validation and test");
  choose("optimizer", o.optimizer, catalogue.optimizers, "Optimizer");
  fields.add("lr", o.learning_rate, {0, 1e3, /*low_excluded=*/true}, "Peak learning rate");
  choose("schedule", o.schedule, catalogue.schedules, "Learning-rate schedule");
  fields.add("warmup", o.warmup, {0, 1}, "Fraction of all steps in which the learning rate rises");
  choose("loss", o.loss, catalogue.losses, "Loss");
  o.clipping.declare(fields);
  o.averaging.declare(fields);
  fields.add("precision", o.precision, {"float32", "bf16"},
             "Precision of matrix products in recurrent layers during training; bf16 needs "
             "AVX512-BF16");
  o.stopping.declare(fields);
  o.best.declare(fields);
}

void declare_run(Fields& fields, TrainOptions& o) {
  fields.begin_group("Run");
  fields.add("seed", o.seed, {0, std::numeric_limits<std::uint64_t>::max()}, "Random seed");
  fields
      .add("threads", o.threads, {0, 1024},
           "Threads, of each rank if there are several; 0: all cores")
      .changeable();
  fields
      .add("deterministic-ranks", o.deterministic_ranks, {0, 1024},
           "Compute each batch in N pieces, which gives the same bits on up to N ranks; N is a "
           "power "
           "of 2, 0: off")
      .changeable();
  fields
      .add("rank-timeout", o.rank_timeout, {1, 1e6},
           "Seconds without an answer after which a rank counts as lost")
      .changeable();
  fields.add("out", o.out, "Run directory [runs/<model>-<n>]").not_stored();
  fields.add("exist-ok", o.exist_ok, "Overwrite an existing run directory").not_stored();
  Field& notes =
      fields.add("notes", o.notes, "Notes on the run, shown by runs, info and the report");
  notes.changeable().is_optional = true;
  notes.placeholder = "TEXT";
  fields.add("resume", o.resume, "Resume the run in this directory").not_stored();
  fields
      .add("finish", o.length.finish,
           "With --resume: end the run at its last checkpoint, test it, and write model and report")
      .not_stored();
  fields.add("config", o.config, "Read options from this TOML file or run directory").not_stored();
  fields.add("dump-config", o.dump_config, "Print the resolved options as TOML and exit")
      .not_stored();
}

void declare_output(Fields& fields, TrainOptions& o) {
  fields.begin_group("Output");
  o.checkpoints.declare(fields);
  o.logging.declare(fields);
  fields.add("progress", o.progress, {"auto", "bar", "plain", "none"}, "Progress on standard error")
      .changeable();
  fields.add("quiet", o.quiet, "The same as --progress none").changeable();
}

void declare_experiments(Fields& fields, TrainOptions& o) {
  fields.begin_group("Experiments");
  fields
      .add("dry-run", o.dry_run,
           "Try some training steps and a batch of validation and test, leave no files, and "
           "estimate the time and memory of the whole run")
      .not_stored();
  fields.add("overfit-batches", o.overfit_batches, {0, largest_count},
             "Train only on the first N batches, without shuffling; 0: off");
  o.checking.declare(fields);
  o.profiling.declare(fields);
}

template <class Choose>
void declare_all(Fields& fields, TrainOptions& options, const Catalogue& catalogue,
                 Choose&& choose) {
  declare_data(fields, options, catalogue, choose);
  declare_model(fields, options, catalogue, choose);
  declare_optimization(fields, options, catalogue, choose);
  declare_run(fields, options);
  declare_output(fields, options);
  declare_experiments(fields, options);
}

}  // namespace

/// Declares the options of all rows.
class PossibleOptions::Choose {
 public:
  explicit Choose(PossibleOptions& options) : options_(options) {}

  template <class Table>
  void operator()(const std::string& name, std::string& value, const Table& table,
                  const std::string& help) {
    add_choice(options_.fields_, name, value, table, help);
    std::vector<Field> fields;  // of the rows, each name once
    std::map<std::string, std::vector<std::string>> owners;
    for (const auto& entry : table) {
      const std::shared_ptr<typename Table::Factory> factory = entry.choose();
      Fields own;
      factory->declare(own);
      for (const Field& field : own) {
        check(field, fmt::format("{} {}", name, entry.name));
        if (owners.count(field.name) == 0) fields.push_back(field);
        owners[field.name].push_back(entry.name);
      }
      options_.factories_.push_back(factory);
    }
    for (Field& field : fields) {
      const std::vector<std::string>& rows = owners.at(field.name);
      if (rows.size() < table.names().size())
        field.help += fmt::format(" ({})", fmt::join(rows, ", "));
      options_.owners_[field.name].emplace_back(name, rows);
      // Another table may have declared it.
      if (options_.fields_.find(field.name) == nullptr) options_.fields_.append(field);
    }
  }

 private:
  void check(const Field& field, const std::string& row) const {
    if (!field.is_stored || field.is_positional)
      throw Error(fmt::format("{}: its option {} has to be stored", row, field.name));
    const Field* other = options_.fields_.find(field.name);
    if (other == nullptr) return;
    if (options_.owners_.count(field.name) == 0)
      throw Error(fmt::format("{}: every run has an option {} already", row, field.name));
    if (other->kind != field.kind)
      throw Error(fmt::format("{}: option {} is declared elsewhere with values of another kind",
                              row, field.name));
  }

  PossibleOptions& options_;
};

PossibleOptions::PossibleOptions(const Catalogue& catalogue) {
  declare_all(fields_, common_, catalogue, Choose(*this));
}

void PossibleOptions::declare_data(Fields& fields) const {
  static const std::set<std::string> of_all_datasets{
      "dataset", "data", "val-size", "test-size", "prepare", "image-size", "skip-bad"};
  for (const Field& field : fields_)
    if (of_all_datasets.count(field.name) > 0 || is_of_rows(field.name, "dataset"))
      fields.append(field);
}

bool PossibleOptions::is_of_rows(const std::string& option, const std::string& choice) const {
  const auto found = owners_.find(option);
  return found != owners_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const auto& owner) { return owner.first == choice; });
}

std::string PossibleOptions::owners(const std::string& option) const {
  const auto found = owners_.find(option);
  if (found == owners_.end()) return "";
  std::vector<std::string> owners;
  for (const auto& [choice, rows] : found->second)
    owners.push_back(fmt::format("--{} {}", choice, fmt::join(rows, ", ")));
  return fmt::to_string(fmt::join(owners, "; "));
}

namespace {

/// Adds what the chosen rows say of the defaults of other options to what was found. They replace
/// the values of the default recipe.
class AddDefaults {
 public:
  explicit AddDefaults(FoundSettings& found) : found_(found) {}

  template <class Table>
  void operator()(const std::string& name, const std::string& value, const Table& table,
                  const std::string&) {
    const auto found = found_.find(name);
    const std::string& chosen = found == found_.end() ? value : found->second.text;
    for (const auto& entry : table)
      if (entry.name == chosen)
        for (const auto& [option, text] : entry.defaults) {
          const Setting setting{.text = text, .where = fmt::format("{} {}", name, chosen)};
          const auto [place, is_new] = found_.emplace(option, setting);
          if (!is_new && place->second.origin == Setting::Origin::base) place->second = setting;
        }
  }

 private:
  FoundSettings& found_;
};

}  // namespace

/// Looks up which row was chosen, and declares its options.
class RunOptions::Choose {
 public:
  Choose(RunOptions& options, const FoundSettings& found) : options_(options), found_(found) {}

  template <class Table>
  void operator()(const std::string& name, std::string& value, const Table& table,
                  const std::string& help) {
    const Field& field = add_choice(options_.fields_, name, value, table, help);
    if (const auto found = found_.find(name); found != found_.end()) read(field, found->second);
    auto& factory = std::get<std::unique_ptr<typename Table::Factory>>(options_.factories_);
    factory = table.find(value).choose();
    Fields own;
    factory->declare(own);
    options_.fields_.merge(own);
  }

 private:
  RunOptions& options_;
  const FoundSettings& found_;
};

RunOptions::RunOptions(const Catalogue& catalogue, const FoundSettings& given) {
  FoundSettings found = given;
  {
    Fields ignored;
    TrainOptions defaults;
    declare_all(ignored, defaults, catalogue, AddDefaults(found));
  }
  declare_all(fields_, common_, catalogue, Choose(*this, found));
  for (const auto& [name, setting] : found) {
    if (setting.origin == Setting::Origin::detected) has_detected_dataset_ = true;
    if (const Field* field = fields_.find(name)) {
      read(*field, setting);
      continue;
    }
    if (setting.origin == Setting::Origin::argument)
      throw UsageError(fmt::format("{}: this is an option of {}", setting.where,
                                   PossibleOptions(catalogue).owners(name)));
    if (setting.origin == Setting::Origin::config) unused_.push_back(setting.where);
  }
}

Settings RunOptions::values_of(const Fields& declared) const {
  Settings result;
  for (const Field& field : declared) {
    const Field* own = fields_.find(field.name);
    result[field.name] = own == nullptr ? "" : own->text();
  }
  return result;
}

}  // namespace scanline::train
