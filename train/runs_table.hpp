#pragma once

#include <cstddef>
#include <ctime>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scanline/train/run_summary.hpp"

namespace scanline::train {

/// The mean of some values.
struct Mean {
  std::optional<double> value;      ///< The mean; none if there are no values.
  std::optional<double> deviation;  ///< The standard deviation of the sample; none of one value.
};

/// A row of a table of runs: a run, or all runs that differ only in the seed.
struct RunRow {
  std::vector<std::size_t> runs;  ///< Positions of its runs in the list that it was made of.
  std::string name;         ///< The name of the run, or the common beginning of a group's names.
  std::string model;        ///< The model; empty if the configuration cannot be read.
  std::string recipe;       ///< The recipe; empty if the configuration cannot be read.
  std::string options;      ///< The options that differ between runs of this model and recipe.
  std::string seed;         ///< The random seed; empty for a group.
  std::string epochs_done;  ///< The number of epochs that are done.
  std::string epochs;       ///< The number of epochs that were asked for.
  Mean val_accuracy;        ///< The best validation accuracy.
  Mean test_accuracy;       ///< The test accuracy.
  double seconds = 0;       ///< The time in the training loop; the mean of a group.
  std::string state;        ///< The state of the run, "damaged", or how many are finished.
  std::time_t date = 0;     ///< The time of the last record.
  std::string notes;        ///< The notes of the run, or of all runs of a group.
};

/// A row for each run, in the same order.
std::vector<RunRow> rows_of(const std::vector<RunSummary>& runs);
/// A row for all runs that differ in nothing but the seed and options without influence on results,
/// such as the number of threads.
std::vector<RunRow> grouped_rows(const std::vector<RunSummary>& runs);

/// The names of what rows can be sorted by.
std::vector<std::string> sort_keys();
/// Sorts rows: by val and test the highest accuracy comes first, by time the longest, by date the
/// newest, and otherwise what comes first in the alphabet. What is not known comes last.
void sort_rows(std::vector<RunRow>& rows, const std::string& key);

/// The rows as a table, for a terminal of `width` columns if there is one.
std::string rows_as_text(const std::vector<RunRow>& rows, std::optional<std::size_t> width);
/// The rows as CSV with a header.
std::string rows_as_csv(const std::vector<RunRow>& rows, bool is_grouped);
/// The rows as a list: the records of runs, or of groups with the names of their runs.
nlohmann::ordered_json rows_as_json(const std::vector<RunRow>& rows,
                                    const std::vector<RunSummary>& runs, bool is_grouped);

}  // namespace scanline::train
