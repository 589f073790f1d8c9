#include "scanline/train/predictor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scanline/datasets/loader.hpp"
#include "scanline/datasets/mnist.hpp"
#include "scanline/datasets/preparation.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/models/row_reader.hpp"
#include "scanline/train/evaluate.hpp"

namespace scanline::train {
namespace {

constexpr Index batch_size = 500;

}  // namespace

Predictor::Predictor(const std::filesystem::path& model, const models::Registry& registry)
    : name_(model.string()), model_(load_model(model, registry)) {}

datasets::Image Predictor::prepare(const datasets::Image& picture, const std::string& name) const {
  const models::ImageTask& made_for = description().task;
  return datasets::prepare(picture, {description().preparation, {made_for.rows, made_for.columns}},
                           name);
}

datasets::Image Predictor::prepare(const std::filesystem::path& picture) const {
  return prepare(datasets::read_image(picture), picture.string());
}

datasets::Image Predictor::prepare(std::span<const std::byte> picture,
                                   const std::string& name) const {
  return prepare(datasets::decode_image(picture, name), name);
}

Prediction Predictor::predict(const datasets::Image& image) {
  return predict(std::vector{image}).front();
}

datasets::Dataset Predictor::dataset_of(const std::vector<datasets::Image>& images) const {
  const models::ImageTask& made_for = description().task;
  datasets::Dataset dataset{.count = static_cast<Index>(images.size()),
                            .rows = made_for.rows,
                            .columns = made_for.columns};
  for (const datasets::Image& image : images) {
    if (image.rows != made_for.rows || image.columns != made_for.columns ||
        image.pixels.size() != static_cast<std::size_t>(image.rows * image.columns))
      throw Error(fmt::format("{}: expected images of {}x{}, found {} pixels of an image of {}x{}",
                              name_, made_for.rows, made_for.columns, image.pixels.size(),
                              image.rows, image.columns));
    dataset.pixels.insert(dataset.pixels.end(), image.pixels.begin(), image.pixels.end());
  }
  return dataset;
}

std::vector<Prediction> Predictor::predict(const std::vector<datasets::Image>& images) {
  const Index classes = description().task.classes;
  const datasets::Dataset dataset = dataset_of(images);
  const datasets::Loader loader(
      dataset, datasets::all_positions(dataset),
      {.batch_size = batch_size,
       .normalization = normalization_of(description(), datasets::mnist_normalization)});
  const Answers answers = answer_all(*model_.network, loader, classes);
  const Array probabilities = softmax(Tensor(answers.logits), 1).value();
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const float* row = probabilities.data<float>() + static_cast<Index>(i) * classes;
    const float* winner = std::max_element(row, row + classes);
    predictions.push_back({winner - row,
                           description().class_names[static_cast<std::size_t>(winner - row)],
                           {row, row + classes}});
  }
  return predictions;
}

std::optional<RowPredictions> Predictor::read_rows(const datasets::Image& image) {
  auto* reader = dynamic_cast<models::RowReader*>(model_.network.get());
  if (reader == nullptr) return std::nullopt;
  const datasets::Dataset dataset = dataset_of({image});
  const datasets::Loader loader(
      dataset, {0},
      {.normalization = normalization_of(description(), datasets::mnist_normalization)});
  const NoGrad no_grad;
  model_.network->eval();
  datasets::Epoch batches = loader.epoch();
  const models::RowReading reading = reader->read_rows(Tensor((*batches.begin()).images));
  const auto rows_of = [](const Array& values) {
    std::vector<std::vector<float>> rows;
    for (Index row = 0; row < values.shape()[0]; ++row) {
      const float* begin = values.rows(row, row + 1).data<float>();
      rows.emplace_back(begin, begin + values.shape()[1]);
    }
    return rows;
  };
  return RowPredictions{rows_of(softmax(reading.logits, 1).value()),
                        rows_of(reading.states.value())};
}

}  // namespace scanline::train
