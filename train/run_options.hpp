#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "scanline/framework/core/fields.hpp"
#include "scanline/train/catalogue.hpp"
#include "scanline/train/options.hpp"
#include "scanline/train/setting.hpp"

namespace scanline::train {

/// Every option that a run can have: those of all rows of all registries. `--help` lists them, and
/// a configuration may contain them.
class PossibleOptions {
 public:
  /// All possible options with the values that the components have without a recipe. The catalogue
  /// has to outlive this object.
  /// @throws Error when a row declares an option of all runs, one that is not stored, or one that
  ///   another row declares with values of another kind.
  explicit PossibleOptions(const Catalogue& catalogue);
  PossibleOptions(const PossibleOptions&) = delete;
  PossibleOptions& operator=(const PossibleOptions&) = delete;

  /// The options, each once. If only some rows have an option, its help names these rows.
  const Fields& fields() const { return fields_; }
  /// Declares the options that say what data a run is on, and how it is prepared and split: those
  /// of every run, and those of all datasets.
  void declare_data(Fields& fields) const;
  /// Whether an option is that of rows which the option `choice` chooses from, such as "dataset".
  bool is_of_rows(const std::string& option, const std::string& choice) const;
  /// The rows that have an option, such as "--optimizer sgd, rmsprop"; empty for an option of all
  /// runs.
  std::string owners(const std::string& option) const;

 private:
  class Choose;

  Fields fields_;
  // By the name of the option: by the choices in their order, the rows that have it.
  std::map<std::string, std::vector<std::pair<std::string, std::vector<std::string>>>> owners_;
  TrainOptions common_;
  std::vector<std::shared_ptr<void>> factories_;  // the fields refer to their options
};

/// The options of one run: those that every run has, and those of each row that it chooses.
class RunOptions {
 public:
  /// Options with the values in `given`, and otherwise with their defaults. The catalogue has to
  /// outlive this object.
  /// @throws UsageError for an argument that is refused or that the chosen rows do not have, and
  ///   Error for a value of a configuration that is refused.
  RunOptions(const Catalogue& catalogue, const FoundSettings& given);
  RunOptions(const RunOptions&) = delete;
  RunOptions& operator=(const RunOptions&) = delete;

  /// The options that every run has.
  const TrainOptions& common() const { return common_; }
  /// The chosen row of a registry, with its options: `factory<models::Registry>()`.
  template <class Table>
  const typename Table::Factory& factory() const {
    return *std::get<std::unique_ptr<typename Table::Factory>>(factories_);
  }
  /// The options of the chosen row.
  template <class Table>
  Settings options_of() const {
    Fields fields;
    std::get<std::unique_ptr<typename Table::Factory>>(factories_)->declare(fields);
    return fields.settings();
  }
  /// All options, in the order in which they are listed.
  const Fields& fields() const { return fields_; }
  /// The values of options that a command declares; empty for those that this run does not have.
  Settings values_of(const Fields& declared) const;
  /// Whether the dataset was not named but detected by its files.
  bool has_detected_dataset() const { return has_detected_dataset_; }
  /// The places of options that the chosen rows do not have and that were ignored.
  const std::vector<std::string>& unused() const { return unused_; }

 private:
  class Choose;

  Fields fields_;
  TrainOptions common_;
  std::tuple<std::unique_ptr<datasets::Sources::Factory>,
             std::unique_ptr<datasets::Augmentations::Factory>,
             std::unique_ptr<models::Registry::Factory>,
             std::unique_ptr<optim::Optimizers::Factory>,
             std::unique_ptr<optim::Schedules::Factory>, std::unique_ptr<Losses::Factory>>
      factories_;
  std::vector<std::string> unused_;
  bool has_detected_dataset_ = false;
};

/// Merges the settings of a run. Arguments override a recipe among the arguments, which overrides
/// the configuration, which overrides the recipe that it names. The model in the file that `--init`
/// names overrides that of a recipe. Where none of them names a dataset but there is `data`, the
/// dataset is detected there. With `--resume`, the configuration
/// is that of the run, and only options that are `may_change` can have other values.
/// @throws UsageError for arguments that cannot be combined or cannot change, and Error for a
///   configuration that cannot be used.
FoundSettings find_settings(const Catalogue& catalogue, const PossibleOptions& possible,
                            const FoundSettings& arguments);

}  // namespace scanline::train
