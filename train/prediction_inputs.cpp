#include "scanline/train/prediction_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

#include "scanline/datasets/idx_directory.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/lower_case.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t images_at_once = 256;

/// The format of a dataset file, as its name says; empty for other files.
std::string dataset_format(const std::string& file) {
  std::string name = lower_case(fs::path(file).filename().string());
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  if (name.ends_with(".csv") || name.ends_with(".tsv")) return "csv";
  if (name.ends_with(".npz")) return "npz";
  return name.find("idx3-") != std::string::npos || name.find(".idx3") != std::string::npos ? "idx"
                                                                                            : "";
}

/// The images of a single IDX file.
class IdxImages : public datasets::Source {
 public:
  IdxImages(const datasets::Request& request, const Settings& options) : file_(request.directory) {
    Fields fields;
    options_.declare(fields);
    fields.read(options);
  }
  fs::path directory() const override { return file_; }

 private:
  datasets::Dataset read(datasets::Part) const override {
    return datasets::read_idx_images(file_, options_);
  }

  fs::path file_;
  datasets::IdxDirectory::Options options_;
};

/// The images of a dataset file, prepared for a model.
datasets::Dataset read_dataset(const std::string& file, const std::string& format,
                               const ModelDescription& model, const datasets::Sources& formats) {
  // The files are read as those of the training were.
  const Settings options = model.dataset == format ? model.dataset_options : Settings();
  const datasets::Request request{
      .directory = file,
      .class_names = model.class_names,
      .image_size = datasets::ImageSize{model.task.rows, model.task.columns},
      // The files of MNIST hold images that are prepared. A model without a description counts as
      // one of MNIST.
      .preparation = model.dataset.empty() || model.dataset == "mnist"
                         ? datasets::PreparationKind::none
                         : model.preparation};
  const std::unique_ptr<datasets::Source> source =
      format == "idx" ? std::make_unique<IdxImages>(request, options)
                      : formats.choose(format, options)->make(request);
  return datasets::load(*source, datasets::Part::test, request);
}

}  // namespace

PredictionInputs::PredictionInputs(const std::vector<std::string>& inputs,
                                   const Predictor& predictor, const datasets::Sources& formats,
                                   OnError on_error)
    : predictor_(predictor), formats_(formats), on_error_(std::move(on_error)) {
  for (const std::string& input : inputs) {
    std::error_code error;
    if (input != "-" && fs::is_directory(input, error))
      add_directory(input);
    else
      inputs_.push_back(input);
  }
}

void PredictionInputs::add_directory(const fs::path& directory) {
  std::vector<fs::path> pictures;
  std::error_code error;
  fs::recursive_directory_iterator entry(directory, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    const bool is_directory = entry->is_directory(ignored);
    if (entry->path().filename().string().starts_with('.')) {
      if (is_directory) entry.disable_recursion_pending();
    } else if (!is_directory && datasets::has_picture_name(entry->path())) {
      pictures.push_back(entry->path());
    }
  }
  if (error)
    on_error_(fmt::format("{}: expected a directory of pictures, found: {}", directory.string(),
                          error.message()));
  else if (pictures.empty())
    on_error_(
        fmt::format("{}: expected pictures in the directory, found none", directory.string()));
  std::sort(pictures.begin(), pictures.end());
  for (const fs::path& picture : pictures) inputs_.push_back(picture.string());
}

std::optional<PredictionBatch> PredictionInputs::next() {
  while (dataset_ || next_ < inputs_.size()) {
    PredictionBatch batch = dataset_ ? next_of_dataset() : next_pictures();
    if (!batch.names.empty()) return batch;
    if (dataset_ || next_ == inputs_.size()) continue;
    const std::string& file = inputs_[next_];
    const std::string format = file == "-" ? "" : dataset_format(file);
    if (format.empty()) continue;
    ++next_;
    position_ = 0;
    try {
      dataset_ = read_dataset(file, format, predictor_.description(), formats_);
    } catch (const Error& error) {
      on_error_(error.what());
    }
  }
  return {};
}

PredictionBatch PredictionInputs::next_pictures() {
  const std::size_t first = next_;
  while (next_ < inputs_.size() && next_ - first < images_at_once &&
         (inputs_[next_] == "-" || dataset_format(inputs_[next_]).empty()))
    ++next_;
  std::vector<std::vector<datasets::PicturePart>> parts(next_ - first);
  std::vector<std::string> errors(parts.size()), notes(parts.size());
  const auto prepare = [&](std::size_t i) {
    const std::string& file = inputs_[first + i];
    try {
      parts[i] = file == "-"
                     ? predictor_.prepare_parts(read_standard_input(), "standard input", &notes[i])
                     : predictor_.prepare_parts(datasets::read_picture_file(file), file, &notes[i]);
    } catch (const Error& error) {
      errors[i] = error.what();
    }
  };
  parallel_for(static_cast<Index>(parts.size()),
               [&](Index i) { prepare(static_cast<std::size_t>(i)); });
  PredictionBatch batch;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!errors[i].empty()) {
      on_error_(errors[i]);
      continue;
    }
    if (!notes[i].empty()) batch.notes.push_back(notes[i]);
    batch.names.push_back(inputs_[first + i]);
    batch.parts.push_back(std::move(parts[i]));
  }
  return batch;
}

PredictionBatch PredictionInputs::next_of_dataset() {
  const std::string& file = inputs_[next_ - 1];
  const auto size = static_cast<std::size_t>(dataset_->rows * dataset_->columns);
  PredictionBatch batch;
  for (; position_ < dataset_->count && batch.names.size() < images_at_once; ++position_) {
    const std::uint8_t* pixels =
        dataset_->pixels.data() + static_cast<std::size_t>(position_) * size;
    batch.names.push_back(fmt::format("{}:{}", file, position_ + 1));
    datasets::PicturePart whole;
    whole.image = {dataset_->rows, dataset_->columns, {pixels, pixels + size}};
    batch.parts.push_back({std::move(whole)});
  }
  if (position_ == dataset_->count) dataset_.reset();
  return batch;
}

}  // namespace scanline::train
