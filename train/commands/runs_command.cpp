#include "scanline/train/commands/runs_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "scanline/framework/core/printable.hpp"
#include "scanline/train/report/plot.hpp"
#include "scanline/train/run_summary.hpp"
#include "scanline/train/runs_table.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

/// Draws the runs of the first rows.
void plot(const fs::path& file, const std::vector<RunRow>& rows,
          const std::vector<RunSummary>& runs) {
  std::vector<ComparedRun> compared;
  std::size_t count = 0;  // of runs that could be drawn
  for (const RunRow& row : rows)
    for (const std::size_t position : row.runs) {
      const RunSummary& run = runs[position];
      if (run.epochs.empty() || ++count > most_compared_runs) continue;
      compared.push_back({printable(run.name, longest_quote), run.epochs});
    }
  if (count > compared.size())
    say(fmt::format("note: {}: shows the first {} of {} runs; --sort says which come first",
                    file.string(), compared.size(), count));
  save_picture_as(compared_curves(compared), file);
}

}  // namespace

void RunsCommand::declare(Fields& fields) {
  fields.add_positional("PATH", paths_, "Runs, or folders of runs and sweeps [runs]").is_optional =
      true;
  fields.add("sort", sort_, sort_keys(), "What the rows are sorted by").not_stored();
  fields.add("group", group_, "Print one row for runs that differ only in the seed").not_stored();
  fields.add("format", format_, {"text", "csv", "json"}, "Format of the output").not_stored();
  fields.add("plot", plot_, "Draw the curves of the runs into this .svg or .png file")
      .not_stored()
      .checked([this] { check_picture_name(plot_); });
}

int RunsCommand::run() {
  if (paths_.empty()) paths_.emplace_back("runs");
  const std::vector<RunSummary> runs = summarize_runs({paths_.begin(), paths_.end()});
  std::vector<RunRow> rows = group_ ? grouped_rows(runs) : rows_of(runs);
  sort_rows(rows, sort_);
  if (format_ == "text")
    fmt::print("{}", rows_as_text(rows, output_width()));
  else if (format_ == "csv")
    fmt::print("{}", rows_as_csv(rows, group_));
  else
    fmt::print("{}\n",
               rows_as_json(rows, runs, group_)
                   .dump(2, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace));
  flush_standard_output();
  if (runs.empty()) say(fmt::format("note: {}: found no runs", fmt::join(paths_, ", ")));
  if (!plot_.empty()) plot(plot_, rows, runs);
  for (const RunSummary& run : runs)
    if (!run.problem.empty()) say(run.problem);
  return std::any_of(runs.begin(), runs.end(),
                     [](const RunSummary& run) { return !run.problem.empty(); })
             ? 1
             : 0;
}

}  // namespace scanline::train
