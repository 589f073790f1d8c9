#include "scanline/train/runs_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "scanline/framework/core/printable.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/text_table.hpp"

namespace scanline::train {
namespace {

/// Options that have no influence on the results.
const std::set<std::string>& incidental_options() {
  static const std::set<std::string> names{"threads",   "progress",  "quiet", "save-every",
                                           "keep-last", "log-every", "notes"};
  return names;
}

/// The options of each run that differ between those of the same model and recipe, but for the seed
/// and the number of epochs, which have columns of their own.
std::vector<Settings> differing_options(const std::vector<RunSummary>& runs) {
  struct Use {
    std::string text;  // the value of the first run that has the option
    std::size_t runs = 0;
    bool differs = false;
  };
  struct Kind {
    std::size_t runs = 0;
    std::map<std::string, Use> options;
  };
  std::map<std::pair<std::string, std::string>, Kind> kinds;
  const auto kind_of = [&](const RunSummary& run) -> Kind& {
    return kinds[{run.option("model"), run.option("recipe")}];
  };
  for (const RunSummary& run : runs) {
    if (run.options.empty()) continue;
    Kind& kind = kind_of(run);
    ++kind.runs;
    for (const auto& [name, text] : run.options) {
      Use& use = kind.options.try_emplace(name, Use{.text = text}).first->second;
      ++use.runs;
      use.differs = use.differs || use.text != text;
    }
  }
  std::vector<Settings> result;
  for (const RunSummary& run : runs) {
    Settings& differing = result.emplace_back();
    const Kind& kind = kind_of(run);
    for (const auto& [name, text] : run.options) {
      if (name == "seed" || name == "epochs" || incidental_options().count(name) > 0) continue;
      const Use& use = kind.options.at(name);
      if (use.differs || use.runs < kind.runs) differing.emplace(name, text);
    }
  }
  return result;
}

/// Those that are given.
std::string as_text(const Settings& options) {
  std::vector<std::string> words;
  for (const auto& [name, text] : options)
    if (!text.empty()) words.push_back(name + "=" + text);
  return fmt::to_string(fmt::join(words, " "));
}

Mean mean_of(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto count = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  for (const double value : values) squares += (value - sum / count) * (value - sum / count);
  return {sum / count,
          values.size() > 1 ? std::optional(std::sqrt(squares / (count - 1))) : std::nullopt};
}

/// What all names begin with, without a number that is cut off and the name of the seed; the first
/// name where nothing is left.
std::string common_name(const std::vector<std::string>& names) {
  std::string_view common = names.front();
  for (const std::string& name : names) {
    const auto end = std::mismatch(common.begin(), common.end(), name.begin(), name.end()).first;
    common = common.substr(0, static_cast<std::size_t>(end - common.begin()));
  }
  const auto strip = [&](const char* characters) {
    common = common.substr(0, common.find_last_not_of(characters) + 1);
  };
  strip("0123456789");
  if (constexpr std::string_view seed = "seed="; common.ends_with(seed))
    common.remove_suffix(seed.size());
  strip("-_,/= ");
  return common.empty() ? names.front() : std::string(common);
}

/// The row of these runs. The options are still to be filled in.
RunRow row_of(const std::vector<RunSummary>& runs, const std::vector<std::size_t>& members) {
  const RunSummary& first = runs[members.front()];
  RunRow row{.runs = members,
             .name = first.name,
             .model = first.option("model"),
             .recipe = first.option("recipe"),
             .options = "",
             .seed = first.option("seed"),
             .epochs_done = fmt::to_string(first.epochs.size()),
             .epochs = first.option("epochs"),
             .val_accuracy = {},
             .test_accuracy = {},
             .state = first.problem.empty() ? name_of(first.state) : "damaged",
             .notes = first.option("notes")};
  std::vector<double> validated, tested;
  std::vector<std::string> names;
  std::size_t finished = 0;
  for (const std::size_t position : members) {
    const RunSummary& run = runs[position];
    names.push_back(run.name);
    if (const auto best = run.best()) validated.push_back(*best->val_accuracy);
    if (run.test && run.test->accuracy) tested.push_back(*run.test->accuracy);
    row.seconds += run.seconds() / static_cast<double>(members.size());
    row.date = std::max(row.date, run.date);
    if (run.state == RunState::finished) ++finished;
    if (run.option("notes") != row.notes) row.notes.clear();
    if (fmt::to_string(run.epochs.size()) != row.epochs_done) row.epochs_done.clear();
  }
  row.val_accuracy = mean_of(validated);
  row.test_accuracy = mean_of(tested);
  if (members.size() > 1) {
    row.name = common_name(names);
    row.seed.clear();
    row.state = finished == members.size() ? name_of(RunState::finished)
                                           : fmt::format("{} finished", finished);
  }
  return row;
}

std::string local_time(std::time_t time) {
  std::tm fields{};
  if (time == 0 || localtime_r(&time, &fields) == nullptr) return "";
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &fields);
  return text.data();
}

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.4f}", *value) : "";
}

/// All digits; an empty text for none.
std::string exact(const std::optional<double>& value) {
  return value ? nlohmann::json(*value).dump() : "";
}

/// The options of each row: those in which its runs differ from others.
void fill_in_options(std::vector<RunRow>& rows, const std::vector<RunSummary>& runs) {
  const std::vector<Settings> options = differing_options(runs);
  for (RunRow& row : rows) row.options = as_text(options[row.runs.front()]);
}

/// Gives groups whose runs have the same beginning of their names the name of a run.
void tell_apart(std::vector<RunRow>& rows, const std::vector<RunSummary>& runs) {
  std::map<std::string, int> uses;
  for (const RunRow& row : rows) ++uses[row.name];
  for (RunRow& row : rows)
    if (row.runs.size() > 1 && uses[row.name] > 1)
      row.name = runs[row.runs.front()].name + " and others";
}

}  // namespace

std::vector<RunRow> rows_of(const std::vector<RunSummary>& runs) {
  std::vector<RunRow> rows;
  for (std::size_t i = 0; i < runs.size(); ++i) rows.push_back(row_of(runs, {i}));
  fill_in_options(rows, runs);
  return rows;
}

std::vector<RunRow> grouped_rows(const std::vector<RunSummary>& runs) {
  std::vector<std::vector<std::size_t>> groups;
  std::map<Settings, std::size_t> known;  // the group of these options
  for (std::size_t i = 0; i < runs.size(); ++i) {
    Settings options = runs[i].options;
    std::erase_if(options, [](const auto& option) {
      return option.first == "seed" || incidental_options().count(option.first) > 0;
    });
    // Of a run whose options are not known nobody can tell what group it belongs to.
    if (options.empty() || known.emplace(options, groups.size()).second)
      groups.push_back({i});
    else
      groups[known.at(options)].push_back(i);
  }
  std::vector<RunRow> rows;
  for (const std::vector<std::size_t>& members : groups) rows.push_back(row_of(runs, members));
  tell_apart(rows, runs);
  fill_in_options(rows, runs);
  return rows;
}

std::vector<std::string> sort_keys() {
  return {"name", "model", "recipe", "seed", "epochs", "val", "test", "time", "state", "date"};
}

void sort_rows(std::vector<RunRow>& rows, const std::string& key) {
  using Less = std::function<bool(const RunRow&, const RunRow&)>;
  const auto by_text = [](std::string RunRow::*text) -> Less {
    return [text](const RunRow& a, const RunRow& b) {
      if ((a.*text).empty() || (b.*text).empty()) return !(a.*text).empty() && (b.*text).empty();
      return is_listed_before(a.*text, b.*text);
    };
  };
  const auto highest_first = [](auto value) -> Less {
    return [value](const RunRow& a, const RunRow& b) { return value(a) > value(b); };
  };
  // An optional without a value is less than all others.
  const std::map<std::string, Less> orders{
      {"name", by_text(&RunRow::name)},
      {"model", by_text(&RunRow::model)},
      {"recipe", by_text(&RunRow::recipe)},
      {"seed", by_text(&RunRow::seed)},
      {"epochs", by_text(&RunRow::epochs_done)},
      {"state", by_text(&RunRow::state)},
      {"val", highest_first([](const RunRow& row) { return row.val_accuracy.value; })},
      {"test", highest_first([](const RunRow& row) { return row.test_accuracy.value; })},
      {"time", highest_first([](const RunRow& row) { return row.seconds; })},
      {"date", highest_first([](const RunRow& row) { return row.date; })}};
  std::stable_sort(rows.begin(), rows.end(), orders.at(key));
}

std::string rows_as_text(const std::vector<RunRow>& rows, std::optional<std::size_t> width) {
  const auto column = [&](const char* title, const auto& text_of, int importance,
                          bool is_number = false) {
    Column result{.title = title, .cells = {}, .is_number = is_number, .importance = importance};
    for (const RunRow& row : rows) result.cells.push_back(text_of(row));
    return result;
  };
  constexpr bool is_number = true;
  std::vector<Column> columns{
      column(
          "name", [](const RunRow& row) { return row.name; }, 0),
      column(
          "runs",
          [](const RunRow& row) {
            return row.runs.size() > 1 ? fmt::to_string(row.runs.size()) : "";
          },
          7, is_number),
      column(
          "model", [](const RunRow& row) { return row.model; }, 5),
      column(
          "recipe", [](const RunRow& row) { return row.recipe; }, 3),
      column(
          "options", [](const RunRow& row) { return row.options; }, 0),
      column(
          "seed", [](const RunRow& row) { return row.seed; }, 7, is_number),
      column(
          "epochs",
          [](const RunRow& row) {
            const bool has_both = !row.epochs_done.empty() && !row.epochs.empty();
            return row.epochs_done + (has_both ? "/" + row.epochs : "");
          },
          6, is_number),
      column(
          "val", [](const RunRow& row) { return number(row.val_accuracy.value); }, 0, is_number),
      column(
          "+-", [](const RunRow& row) { return number(row.val_accuracy.deviation); }, 0, is_number),
      column(
          "test", [](const RunRow& row) { return number(row.test_accuracy.value); }, 0, is_number),
      column(
          "+-", [](const RunRow& row) { return number(row.test_accuracy.deviation); }, 0,
          is_number),
      column(
          "time",
          [](const RunRow& row) { return row.seconds > 0 ? format_duration(row.seconds) : ""; }, 4,
          is_number),
      column(
          "state", [](const RunRow& row) { return row.state; }, 0),
      column(
          "date", [](const RunRow& row) { return local_time(row.date); }, 2),
      column(
          "notes", [](const RunRow& row) { return row.notes; }, 1)};
  for (Column& column : columns) {
    if (column.title == "options") column.shortest = 32;  // as they tell the rows apart
    if (column.title == "notes") column.shortest = 12;
  }
  return to_text(std::move(columns), width);
}

std::string rows_as_csv(const std::vector<RunRow>& rows, bool is_grouped) {
  std::vector<std::string> header{
      "name",         "model",         "recipe",  "options", "seed", "epochs_done", "epochs",
      "val_accuracy", "test_accuracy", "seconds", "state",   "date", "notes"};
  if (is_grouped) {
    header[4] = "count";
    header.insert(header.begin() + 8, "val_deviation");
    header.insert(header.begin() + 10, "test_deviation");
  }
  std::string csv = csv_line(header);
  for (const RunRow& row : rows) {
    std::vector<std::string> cells{row.name,
                                   row.model,
                                   row.recipe,
                                   row.options,
                                   is_grouped ? fmt::to_string(row.runs.size()) : row.seed,
                                   row.epochs_done,
                                   row.epochs,
                                   exact(row.val_accuracy.value),
                                   exact(row.test_accuracy.value),
                                   exact(row.seconds),
                                   row.state,
                                   utc_time(row.date),
                                   row.notes};
    if (is_grouped) {
      cells.insert(cells.begin() + 8, exact(row.val_accuracy.deviation));
      cells.insert(cells.begin() + 10, exact(row.test_accuracy.deviation));
    }
    for (std::string& cell : cells) cell = printable(cell);
    csv += csv_line(cells);
  }
  return csv;
}

nlohmann::ordered_json rows_as_json(const std::vector<RunRow>& rows,
                                    const std::vector<RunSummary>& runs, bool is_grouped) {
  using Record = nlohmann::ordered_json;
  const auto or_null = [](const std::optional<double>& value) {
    return value ? Record(*value) : Record();
  };
  Record list = Record::array();
  for (const RunRow& row : rows) {
    if (!is_grouped) {
      list.push_back(to_record(runs[row.runs.front()]));
      continue;
    }
    std::vector<std::string> names;
    for (const std::size_t position : row.runs) names.push_back(runs[position].name);
    list.push_back({{"name", row.name},
                    {"runs", names},
                    {"count", names.size()},
                    {"model", row.model},
                    {"recipe", row.recipe},
                    {"options", row.options},
                    {"val_accuracy", or_null(row.val_accuracy.value)},
                    {"val_deviation", or_null(row.val_accuracy.deviation)},
                    {"test_accuracy", or_null(row.test_accuracy.value)},
                    {"test_deviation", or_null(row.test_accuracy.deviation)},
                    {"seconds", row.seconds},
                    {"state", row.state},
                    {"date", utc_time(row.date)},
                    {"notes", row.notes}});
  }
  return list;
}

}  // namespace scanline::train
