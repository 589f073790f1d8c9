#include "scanline/train/web/detail/api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/detail/answer_json.hpp"
#include "scanline/train/predictions.hpp"
#include "scanline/train/report/report.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// JSON of one line. Texts come from files and file names, which may not be UTF-8.
Reply reply(const Json& json, int status = 200) {
  return {.status = status,
          .content = json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace)};
}

std::string type_of(const std::string& name) {
  const std::string extension = fs::path(name).extension();
  return extension == ".html"  ? "text/html; charset=utf-8"
         : extension == ".svg" ? "image/svg+xml"
         : extension == ".png" ? "image/png"
                               : "application/json";
}

bool is_model(const fs::path& file) {
  std::error_code error;
  const fs::path extension = file.extension();
  return (extension == ".safetensors" || extension == ".onnx") && fs::is_regular_file(file, error);
}

/// Whether `load_model` finds a model in a run directory.
bool has_model(const fs::path& run) {
  const std::vector<fs::path> files = model_files(run);
  std::error_code error;
  return std::any_of(files.begin(), files.end(),
                     [&](const fs::path& file) { return fs::exists(file, error); });
}

std::vector<std::string> existing_files(const fs::path& run) {
  std::vector<std::string> files;
  std::error_code error;
  for (const std::string& name : report_files())
    if (fs::is_regular_file(run / name, error)) files.push_back(name);
  return files;
}

const RunSummary* find(const std::vector<RunSummary>& runs, const std::string& name) {
  const auto found = std::find_if(runs.begin(), runs.end(),
                                  [&](const RunSummary& run) { return run.name == name; });
  return found == runs.end() ? nullptr : &*found;
}

Reply no_run(const std::string& name) {
  return refusal(404, fmt::format("there is no run called '{}'", name));
}

/// The pixels of an image, a list for each row.
Json rows_of(const datasets::Image& image) {
  Json rows = Json::array();
  for (Index row = 0; row < image.rows; ++row) {
    const auto begin = image.pixels.begin() + row * image.columns;
    rows.push_back(std::vector<int>(begin, begin + image.columns));
  }
  return rows;
}

/// What was found in a picture, part by part.
Json to_json(const std::vector<Answer>& answers) {
  Json found = Json::array();
  for (const Answer& answer : answers) {
    Json part{{"class", answer.text}, {"probability", answer.probability}, {"line", answer.line}};
    if (answer.box) part["box"] = box_json(*answer.box);
    if (answer.probabilities.empty()) part["digits"] = digits_json(answer.digits);
    found.push_back(std::move(part));
  }
  return found;
}

/// All answers as a text, with spaces between lines.
std::string text_of(const std::vector<Answer>& answers) {
  std::string text;
  for (std::size_t i = 0; i < answers.size(); ++i)
    text += (i > 0 && answers[i].line != answers[i - 1].line ? " " : "") + answers[i].text;
  return text;
}

}  // namespace

Reply refusal(int status, const std::string& message) {
  return reply({{"error", message}}, status);
}

Api::Api(fs::path path, const models::Registry& registry)
    : path_(std::move(path)), cache_(registry) {
  std::error_code error;
  is_file_ = is_model(path_);
  if (!is_file_ && !fs::is_directory(path_, error))
    throw Error(fmt::format("{}: expected a model, a run or a folder of runs, found {}",
                            path_.string(), fs::exists(path_, error) ? "another file" : "nothing"));
}

Api::Summaries Api::summaries() const {
  // Many pages may ask at once, and one of them may have many runs.
  constexpr std::chrono::milliseconds longest_age(250);
  const std::lock_guard lock(mutex_);
  if (!summaries_ || std::chrono::steady_clock::now() - read_at_ > longest_age) {
    summaries_ = std::make_shared<const std::vector<RunSummary>>(
        is_file_ ? std::vector<RunSummary>() : summarize_runs({path_}));
    read_at_ = std::chrono::steady_clock::now();  // reading may take longer than they are kept
  }
  return summaries_;
}

std::map<std::string, fs::path> Api::model_paths() const {
  if (is_file_) return {{path_.filename().string(), path_}};
  const Summaries all = summaries();
  std::map<std::string, fs::path> models;
  for (const RunSummary& run : *all)
    if (has_model(run.path)) models.emplace(run.name, run.path);
  std::error_code error;
  // A run's own files are no models besides the run.
  if (fs::exists(path_ / "config.toml", error)) return models;
  for (fs::directory_iterator entry(path_, error), end; !error && entry != end;
       entry.increment(error))
    if (is_model(entry->path())) models.emplace(entry->path().filename().string(), entry->path());
  return models;
}

Reply Api::runs() const {
  const Summaries all = summaries();
  Json list = Json::array();
  for (const RunSummary& run : *all) list.push_back(to_record(run));
  return reply(list);
}

Reply Api::run(const std::string& name) const {
  const Summaries all = summaries();
  const RunSummary* run = find(*all, name);
  if (run == nullptr) return no_run(name);
  Json record = to_record(*run);
  Json epochs = Json::array();
  for (const EpochFigures& epoch : run->epochs) epochs.push_back(to_record(epoch));
  record["epoch_records"] = std::move(epochs);
  record["files"] = existing_files(run->path);
  return reply(record);
}

Reply Api::file(const std::string& run_name, const std::string& name) const {
  const Summaries all = summaries();
  const RunSummary* run = find(*all, run_name);
  if (run == nullptr) return no_run(run_name);
  const std::vector<std::string> files = existing_files(run->path);
  if (std::find(files.begin(), files.end(), name) == files.end())
    return refusal(404, fmt::format("the run has no file called '{}'", name));
  return {.content = InputFile(run->path / name, "a file of a run").read_to_end(),
          .type = type_of(name),
          .policy =
              "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
              "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"};
}

Reply Api::models() const {
  // The newest run first: it is the one to draw for.
  const Summaries all = summaries();
  std::map<std::string, std::time_t> dates;
  for (const RunSummary& run : *all) dates[run.name] = run.date;
  std::vector<std::string> names;
  for (const auto& [name, path] : model_paths()) names.push_back(name);
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return dates[a] > dates[b]; });
  return reply(names);
}

Reply Api::predict(const std::string& model, std::span<const std::byte> picture, bool with_rows) {
  const std::map<std::string, fs::path> known = model_paths();
  if (model.empty() && known.size() > 1)
    return refusal(400, "expected model=NAME, found none; GET /api/models lists them");
  // Where there is only one, it need not be named.
  const auto path = model.empty() && known.size() == 1 ? known.begin() : known.find(model);
  if (path == known.end()) return refusal(404, fmt::format("there is no model called '{}'", model));
  if (is_ending_) return refusal(503, "the server is ending");
  const std::shared_ptr<const Predictor> predictor = cache_.find(path->second);
  try {
    std::vector<datasets::PicturePart> parts;
    {  // one at a time: a large picture takes much memory while it is decoded
      const std::lock_guard lock(preparing_);
      if (is_ending_) return refusal(503, "the server is ending");
      parts = predictor->prepare_parts(picture, "the picture");
    }
    const std::vector<Answer> answers = train::answer(*predictor, parts);
    Json answer{{"class", text_of(answers)},
                {"probabilities", answers.front().probabilities},
                {"classes", predictor->description().class_names},
                {"image", rows_of(parts.front().image)}};
    if (answers.size() > 1 || predictor->reads_lines()) answer["found"] = to_json(answers);
    if (const auto rows = with_rows && answers.size() == 1 && !predictor->reads_lines()
                              ? predictor->read_rows(parts.front().image)
                              : std::nullopt)
      answer["rows"] = {{"probabilities", rows->probabilities}, {"states", rows->states}};
    return reply(answer);
  } catch (const Error& error) {
    return refusal(400, error.what());
  }
}

}  // namespace scanline::train
