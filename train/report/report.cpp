#include "scanline/train/report/report.hpp"

#include <fmt/format.h>

#include "scanline/framework/io/atomic_file.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/report/detail/loss_gap.hpp"
#include "scanline/train/report/detail/markup.hpp"
#include "scanline/train/report/detail/mistakes.hpp"
#include "scanline/train/report/plot.hpp"

namespace scanline::train {
namespace {

// What the pictures are called, without .svg and .png.
constexpr const char* curves_stem = "learning_curves";
constexpr const char* confusion_stem = "confusion_matrix";
constexpr const char* mistakes_stem = "worst_mistakes";
constexpr const char* weights_stem = "input_weights";
constexpr const char* samples_stem = "samples";

/// The worst mistakes, for programs.
constexpr const char* mistakes_file = "mistakes.json";

// The policy makes sure that the page asks for nothing from elsewhere.
constexpr const char* page = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; img-src data:;
    base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
{refresh}<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
{content}</body>
</html>
)";

constexpr const char* style =
    R"(:root { --ink: #222; --paper: #fff; --line: #ddd; --shade: #f4f4f4; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #ddd; --paper: #1b1b1d; --line: #444; --shade: #28282b; }
}
body { margin: 0 auto; padding: 1.5rem; max-width: 64rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 sans-serif; }
h1 { margin: 0; }
h2 { margin: 2.5rem 0 0.5rem; }
.result { font-size: 1.25rem; font-weight: bold; }
.scroll { margin: 0; overflow-x: auto; }
figure svg { max-width: 100%; min-width: 30rem; height: auto; color: var(--ink); }
figure .paper { fill: none; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 0.8rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; }
.facts td { text-align: left; }
.best { font-weight: bold; background: var(--shade); }
pre { padding: 1rem; overflow-x: auto; background: var(--shade); }
@media print {
  body { padding: 0; max-width: none; font-size: 10pt; }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  pre { white-space: pre-wrap; }
}
)";

std::string section(const std::string& title, const std::string& content) {
  return fmt::format("<h2>{}</h2>\n{}", title, content);
}

std::string cells(const std::string& tag, const std::vector<std::string>& texts) {
  std::string row;
  for (const std::string& text : texts)
    row += fmt::format("<{0}>{1}</{0}>", tag, escape_markup(text));
  return row;
}

std::string table(const std::vector<std::string>& header, const std::string& rows) {
  return fmt::format(
      "<div class=\"scroll\"><table>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n"
      "</table></div>\n",
      cells("th", header), rows);
}

/// Position of the epoch that did best on validation; past the end if none was validated.
std::size_t best_epoch(const std::vector<EpochFigures>& epochs) {
  std::size_t best = epochs.size();
  for (std::size_t i = 0; i < epochs.size(); ++i)
    if (epochs[i].val_accuracy && (best == epochs.size() || is_better(epochs[i], epochs[best])))
      best = i;
  return best;
}

std::string epoch_table(const std::vector<EpochFigures>& epochs) {
  const auto number = [](const std::optional<double>& value, const char* format) {
    return value ? fmt::format(fmt::runtime(format), *value) : "–";
  };
  const std::size_t best = best_epoch(epochs);
  std::string rows;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const EpochFigures& e = epochs[i];
    rows += fmt::format(
        "<tr{}>{}</tr>\n", i == best ? " class=\"best\"" : "",
        cells("td", {fmt::to_string(e.epoch), fmt::format("{:.4f}", e.train_loss),
                     fmt::format("{:.4f}", e.train_accuracy), number(e.val_loss, "{:.4f}"),
                     number(e.val_accuracy, "{:.4f}"), number(e.learning_rate, "{:.3g}"),
                     fmt::format("{:.0f}", e.images_per_second), format_duration(e.seconds)}));
  }
  return table({"epoch", "training loss", "accuracy", "validation loss", "accuracy",
                "learning rate", "images/s", "time"},
               rows);
}

std::string class_table(const Metrics& metrics, const std::vector<std::string>& names) {
  const std::vector<ClassFigures> figures = metrics.classes();
  std::string rows;
  for (std::size_t c = 0; c < figures.size(); ++c)
    rows += fmt::format(
        "<tr>{}</tr>\n",
        cells("td", {names[c], fmt::format("{:.4f}", figures[c].precision),
                     fmt::format("{:.4f}", figures[c].recall), fmt::format("{:.4f}", figures[c].f1),
                     fmt::to_string(figures[c].support)}));
  return table({"class", "precision", "recall", "F1", "support"}, rows);
}

/// What was tested, such as "test".
std::string tested_part(const RunResults& results) {
  const std::string& split = results.split;
  return split == "val" ? "validation" : split == "train" ? "training" : split;
}

/// Something of a run, and what it was in this one.
using Fact = std::vector<std::string>;

/// Two columns. The notes of the run, if there are any, come first.
std::string fact_table(const Settings& options, const std::vector<Fact>& facts) {
  std::string rows;
  if (const auto notes = options.find("notes"); notes != options.end())
    rows += fmt::format("<tr>{}</tr>\n", cells("td", {"notes", notes->second}));
  for (const Fact& fact : facts) rows += fmt::format("<tr>{}</tr>\n", cells("td", fact));
  return fmt::format("<table class=\"facts\">\n{}</table>\n", rows);
}

Fact model_fact(const ModelDescription& description) {
  std::string options;
  for (const auto& [name, value] : description.options)
    options += fmt::format(", {} {}", name, value);
  return {"model", description.model + options};
}

Fact data_fact(const ModelDescription& description) {
  return {"trained on", fmt::format("{}, seed {}", description.dataset, description.seed)};
}

Fact time_fact(const std::vector<EpochFigures>& epochs) {
  double seconds = 0;
  for (const EpochFigures& epoch : epochs) seconds += epoch.seconds;
  return {"time in the training loop", format_duration(seconds)};
}

/// `measure` is what else was measured.
std::string facts(const RunResults& results, const Score& score, const Fact& measure) {
  return fact_table(results.options,
                    {model_fact(results.description),
                     {"parameters", fmt::to_string(results.network.parameter_count())},
                     data_fact(results.description),
                     time_fact(results.epochs),
                     {"loss in the " + tested_part(results), fmt::format("{:.4f}", score.loss)},
                     measure,
                     {"version", results.description.version}});
}

/// `answered` says what was done with what, such as "test images are classified right".
std::string headline(const Score& score, const std::string& answered) {
  const Interval interval = confidence_interval(score.correct, score.total);
  return fmt::format(
      "<p class=\"result\">{:.2f} % of {} {}</p>\n"
      "<p>The 95 % interval of this share is {:.2f} to {:.2f} %.</p>\n",
      100 * score.accuracy(), score.total, answered, 100 * interval.low, 100 * interval.high);
}

/// Saves the picture beside the report, and returns it as a part of the page.
std::string drawn(const std::filesystem::path& directory, const char* stem,
                  const Picture& picture) {
  save_picture(picture, directory / stem);
  return fmt::format("<figure class=\"scroll\">\n{}</figure>\n", picture.svg);
}

std::string training_section(const std::filesystem::path& directory,
                             const std::vector<EpochFigures>& epochs, const Settings& options) {
  const std::string why = explain_loss_gap(epochs, options);
  return section("Training",
                 drawn(directory, curves_stem, learning_curves(epochs, why)) + epoch_table(epochs));
}

std::string options_section(const std::string& config) {
  return section("Options", fmt::format("<pre>{}</pre>\n", escape_markup(config)));
}

/// What the end of every report says.
std::string last_sections(const std::filesystem::path& directory, const RunResults& results) {
  std::string content;
  if (const std::optional<Picture> weights = input_weights(results.network.state_dict()))
    content += section("What the first layer looks at", drawn(directory, weights_stem, *weights));
  if (results.samples)
    content += section("Training images", drawn(directory, samples_stem, *results.samples));
  return content + options_section(results.config);
}

void write_page(const std::filesystem::path& directory, const ModelDescription& description,
                const std::string& content, const std::string& refresh = "") {
  const std::string title = fmt::format("{} on {}", description.model, description.dataset);
  io::write_file_atomically(
      directory / "report.html",
      {fmt::format(page, fmt::arg("title", escape_markup(title)), fmt::arg("style", style),
                   fmt::arg("refresh", refresh), fmt::arg("content", content))});
}

}  // namespace

std::vector<std::string> report_files() {
  std::vector<std::string> files{"report.html", mistakes_file};
  for (const char* stem : {curves_stem, confusion_stem, mistakes_stem, weights_stem, samples_stem})
    for (const char* type : {".svg", ".png"}) files.push_back(std::string(stem) + type);
  return files;
}

void write_report(const std::filesystem::path& directory, const RunResults& results,
                  const ImageResults& tested) {
  const auto& [images, answers] = tested;
  const std::vector<std::string>& names = results.description.class_names;
  Metrics metrics(static_cast<Index>(names.size()));
  metrics.add(answers.logits, answers.labels);

  std::string content =
      headline(metrics.score(), tested_part(results) + " images are classified right");
  content += facts(results, metrics.score(),
                   {"calibration error", fmt::format("{:.4f}", metrics.calibration_error())});
  content += training_section(directory, results.epochs, results.options);
  content += section(
      "Classes", drawn(directory, confusion_stem, confusion_matrix(metrics.confusion(), names)) +
                     class_table(metrics, names));
  content += section("Mistakes", drawn(directory, mistakes_stem, worst_mistakes(answers, images)));
  io::write_file_atomically(directory / mistakes_file, {mistakes_json(answers, images)});
  content += last_sections(directory, results);
  write_page(directory, results.description, content);
}

void write_line_report(const std::filesystem::path& directory, const RunResults& results,
                       const LineResults& tested) {
  const auto& [images, positions, answers] = tested;
  const Score figures = score(answers);
  std::string content = headline(figures, tested_part(results) + " lines are read right");
  content +=
      facts(results, figures, {"digit error", fmt::format("{:.4f}", figures.digit_error.value())});
  content += training_section(directory, results.epochs, results.options);
  content += section(
      "Mistakes", drawn(directory, mistakes_stem, worst_line_mistakes(answers, images, positions)));
  io::write_file_atomically(directory / mistakes_file,
                            {line_mistakes_json(answers, images.class_names)});
  content += last_sections(directory, results);
  write_page(directory, results.description, content);
}

void write_live_report(const std::filesystem::path& directory, const RunSoFar& run) {
  std::string content = fmt::format(
      "<p class=\"result\">{} of {} epochs are done</p>\n"
      "<p>This run has not ended. The page is loaded again every 30 seconds.</p>\n",
      run.epochs.size(), run.all_epochs);
  content += fact_table(run.options, {model_fact(run.description),
                                      data_fact(run.description),
                                      time_fact(run.epochs),
                                      {"version", run.description.version}});
  content += training_section(directory, run.epochs, run.options);
  content += options_section(run.config);
  write_page(directory, run.description, content, "<meta http-equiv=\"refresh\" content=\"30\">\n");
}

}  // namespace scanline::train
