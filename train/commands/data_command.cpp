#include "scanline/train/commands/data_command.hpp"

#include <fmt/format.h>

#include <memory>
#include <vector>

#include "scanline/datasets/registry.hpp"
#include "scanline/datasets/split.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/train/data_summary.hpp"
#include "scanline/train/progress.hpp"
#include "scanline/train/report/picture.hpp"
#include "scanline/train/report/sample_sheet.hpp"
#include "scanline/train/run_data.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

using datasets::Dataset;
using datasets::Part;

/// The parts of a dataset that could be read.
struct Parts {
  std::vector<std::string> names;
  std::vector<Dataset> images;
  bool is_complete = true;  // whether all could be read
};

Parts load_parts(const datasets::Source& source, const datasets::Request& request) {
  Parts parts;
  std::string last_error;  // what is wrong with the directory is the same for all parts
  for (const Part part : {Part::train, Part::validation, Part::test}) {
    if (!source.has(part)) continue;
    try {
      parts.images.push_back(datasets::load(source, part, request));
      parts.names.emplace_back(to_string(part));
    } catch (const Error& error) {
      if (error.what() != last_error) say(error.what());
      last_error = error.what();
      parts.is_complete = false;
    }
  }
  return parts;
}

/// Takes images of `left` out for a purpose. Where a run would refuse to, a note says so.
void hold_out(std::vector<HeldOutImages>& to, Dataset& left, double size, const char* purpose) {
  if (size == 0 || left.labels.empty()) return;
  try {
    const datasets::Split split =
        stratified_split(left, datasets::validation_count(size, left.count),
                         fmt::format("--{}-size", purpose).c_str());
    HeldOutImages& images = to.emplace_back(HeldOutImages{purpose, {}});
    images.class_counts.resize(left.class_names.size());
    for (const Index position : split.validation)
      ++images.class_counts[left.labels[static_cast<std::size_t>(position)]];
    left = subset(left, split.train);
  } catch (const Error& error) {
    say(fmt::format("note: a run would be refused: {}", error.what()));
  }
}

/// What a run would hold out of the training images.
std::vector<HeldOutImages> hold_out(const datasets::Source& source, const Dataset& training,
                                    const TrainOptions& options) {
  Dataset left{.name = training.name,  // without pixels, which a split does not need
               .count = training.count,
               .labels = training.labels,
               .class_names = training.class_names};
  std::vector<HeldOutImages> held_out;
  if (!source.has(Part::test)) hold_out(held_out, left, options.test_size, "test");
  if (!source.has(Part::validation)) hold_out(held_out, left, options.val_size, "val");
  return held_out;
}

/// What the parts hold. The first one has the names of the classes.
DataSummary summarize(const Parts& parts, const datasets::Source& source,
                      const TrainOptions& options) {
  std::vector<const Dataset*> images;
  for (const Dataset& part : parts.images) images.push_back(&part);
  DataSummary summary{.dataset = options.dataset,
                      .directory = source.directory().string(),
                      .class_names = parts.images.front().class_names,
                      .part_names = parts.names,
                      .facts = datasets::summarize(images),
                      .held_out = {}};
  if (parts.names.front() == to_string(Part::train))
    summary.held_out = hold_out(source, parts.images.front(), options);
  return summary;
}

}  // namespace

void DataCommand::declare_own(Fields& fields) {
  fields.add_positional("PATH", options_.path, "Directory or file of the dataset [data/<dataset>]")
      .is_optional = true;
  fields.add("sheet", options_.sheet, "Draw samples of each class into this .png or .svg file")
      .checked([this] { check_picture_name(options_.sheet); })
      .placeholder = "FILE";
  fields.add("json", options_.json, "Print the facts as one JSON document");
}

void DataCommand::declare(Fields& fields) {
  declare_own(fields);
  Fields of_data;
  possible_.declare_data(of_data);
  for (const Field& field : of_data)
    if (field.name != "data") fields.append(field);  // PATH
  for (const Field& field : possible_.fields())
    if (field.name == "augment" || possible_.is_of_rows(field.name, "augment"))
      fields.append(field);
}

void DataCommand::read(const Fields&, const Arguments& arguments) {
  Fields own;
  declare_own(own);
  Command::read(own, arguments);
  Arguments of_run;
  for (const auto& [name, values] : arguments)
    if (own.find(name) == nullptr) of_run.emplace(name, values);
  if (of_run.contains("augment") && options_.sheet.empty())
    throw UsageError("--augment: expected --sheet with a file to draw augmented samples into");
  if (!options_.path.empty()) of_run["data"] = {options_.path};
  FoundSettings given = found_settings(of_run);
  given.try_emplace("augment", Setting{.text = "none", .where = "--augment"});
  run_options_.emplace(catalogue_, find_settings(catalogue_, possible_, given));
}

Settings DataCommand::values(const Fields& fields) const { return run_options_->values_of(fields); }

int DataCommand::run() {
  const RunOptions& options = *run_options_;
  Progress progress(progress_kind("auto"));
  const datasets::Request request = request_of(options.common(), progress);
  const std::unique_ptr<datasets::Source> source =
      options.factory<datasets::Sources>().make(request);
  const Parts parts = load_parts(*source, request);
  progress.clear();
  if (parts.images.empty()) return 1;
  const DataSummary summary = summarize(parts, *source, options.common());
  if (options_.json)
    // The name of a directory need not be UTF-8.
    fmt::print("{}\n", to_json(summary).dump(2, ' ', /*ensure_ascii=*/true,
                                             nlohmann::ordered_json::error_handler_t::replace));
  else
    fmt::print("{}", to_text(summary));
  if (!options_.sheet.empty()) {
    const Dataset& shown = parts.images.front();
    save_picture_as(sample_sheet(shown, datasets::all_positions(shown), augmentation_of(options)),
                    options_.sheet);
    say(fmt::format("drew {} images into {}", parts.names.front(), options_.sheet));
  }
  return parts.is_complete ? 0 : 1;
}

}  // namespace scanline::train
