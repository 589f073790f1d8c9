#include "scanline/predict/predictor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scanline/datasets/loader.hpp"
#include "scanline/datasets/mnist.hpp"
#include "scanline/datasets/preparation.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/models/line_reader.hpp"
#include "scanline/models/row_reader.hpp"
#include "scanline/predict/line_reading.hpp"

namespace scanline {
namespace {

constexpr std::size_t batch_size = 500;

std::vector<std::vector<float>> rows_of(const Array& matrix) {
  std::vector<std::vector<float>> rows;
  const float* next = matrix.data<float>();
  for (Index row = 0; row < matrix.shape()[0]; ++row, next += matrix.shape()[1])
    rows.emplace_back(next, next + matrix.shape()[1]);
  return rows;
}

}  // namespace

Predictor::Predictor(const std::filesystem::path& model, const models::Registry& registry,
                     const OnNote& on_note)
    : name_(model.string()), model_(load_model(model, registry, on_note)) {
  model_.network->eval();
}

datasets::Preparation Predictor::preparation() const {
  const models::ImageTask& made_for = description().task;
  return {description().preparation, {made_for.rows, made_for.columns}};
}

datasets::Image Predictor::prepare(const datasets::Image& picture, const std::string& name) const {
  return datasets::prepare(picture, preparation(), name);
}

datasets::Image Predictor::prepare(const std::filesystem::path& picture) const {
  return datasets::prepare(picture, preparation());
}

datasets::Image Predictor::prepare(std::span<const std::byte> picture,
                                   const std::string& name) const {
  return datasets::prepare(picture, preparation(), name);
}

std::vector<datasets::PicturePart> Predictor::prepare_parts(std::span<const std::byte> picture,
                                                            const std::string& name,
                                                            std::string* note) const {
  return reads_lines() ? datasets::prepare_lines(picture, description().task.rows, name, note)
                       : datasets::prepare_parts(picture, preparation(), name, note);
}

Prediction Predictor::predict(const datasets::Image& image) const {
  return predict(std::vector{image}).front();
}

Tensor Predictor::input_of(std::span<const datasets::Image> images) const {
  const models::ImageTask& made_for = description().task;
  const Array input({static_cast<Index>(images.size()), made_for.rows, made_for.columns},
                    DType::float32);
  float* next = input.data<float>();
  for (const datasets::Image& image : images) {
    if (image.rows != made_for.rows || image.columns != made_for.columns ||
        image.pixels.size() != static_cast<std::size_t>(image.rows * image.columns))
      throw Error(fmt::format("{}: expected images of {}x{}, found {} pixels of an image of {}x{}",
                              name_, made_for.rows, made_for.columns, image.pixels.size(),
                              image.rows, image.columns));
    next = std::copy(image.pixels.begin(), image.pixels.end(), next);
  }
  datasets::normalize({input.data<float>(), next},
                      normalization_of(description(), datasets::mnist_normalization));
  return Tensor(input);
}

std::vector<Prediction> Predictor::predict(const std::vector<datasets::Image>& images) const {
  if (reads_lines())
    throw Error(
        fmt::format("{}: expected a model of single images, found one that reads lines", name_));
  const NoGrad no_grad;
  const std::vector<std::string>& names = description().class_names;
  std::vector<Prediction> predictions;
  for (std::size_t done = 0; done < images.size(); done = predictions.size()) {
    const auto batch = std::span(images).subspan(done, std::min(batch_size, images.size() - done));
    const Array probabilities = softmax(model_.network->forward(input_of(batch)), 1).value();
    for (const std::vector<float>& row : rows_of(probabilities)) {
      const auto winner = std::max_element(row.begin(), row.end()) - row.begin();
      predictions.push_back({winner, names[static_cast<std::size_t>(winner)], row});
    }
  }
  return predictions;
}

bool Predictor::reads_lines() const { return models::reads_lines(*model_.network); }

LinePrediction Predictor::read_line(const Array& ink) const {
  auto* reader = dynamic_cast<models::LineReader*>(model_.network.get());
  if (reader == nullptr)
    throw Error(
        fmt::format("{}: expected a model that reads lines, found one of single images", name_));
  const Index rows = description().task.rows;
  if (!ink.defined() || ink.rank() != 2 || ink.shape()[0] != rows ||
      ink.shape()[1] < reader->columns_per_step())
    throw Error(fmt::format("{}: expected a line of {} rows and at least {} columns, found {}",
                            name_, rows, reader->columns_per_step(),
                            ink.defined() ? to_string(ink.shape()) : "none"));
  const NoGrad no_grad;
  const auto [mean, deviation] = normalization_of(description(), datasets::mnist_normalization);
  const Index columns = ink.shape()[1];
  const Tensor line =
      (reshape(Tensor(ink.to(DType::float32)), {1, rows, columns}) - mean) / deviation;
  const LineReading reading =
      decode_lines(reader->read_lines(line, {}), reader->columns_per_step()).front();
  LinePrediction result{.text = {}, .probability = reading.probability, .characters = {}};
  for (const CharacterReading& read : reading.characters) {
    const std::string& name = description().class_names[static_cast<std::size_t>(read.class_index)];
    result.text += name;
    result.characters.push_back({.class_index = read.class_index,
                                 .class_name = name,
                                 .probability = read.probability,
                                 .begin = read.begin,
                                 .end = read.end});
  }
  return result;
}

LinePrediction Predictor::read_line(const datasets::Image& line) const {
  if (line.pixels.size() != static_cast<std::size_t>(line.rows * line.columns))
    throw Error(fmt::format("{}: expected {} pixels of a line of {}x{}, found {}", name_,
                            line.rows * line.columns, line.rows, line.columns, line.pixels.size()));
  Array ink = Array::zeros({line.rows, line.columns}, DType::float32);
  std::transform(line.pixels.begin(), line.pixels.end(), ink.data<float>(),
                 [](std::uint8_t level) { return static_cast<float>(level) / 255; });
  return read_line(ink);
}

std::optional<RowPredictions> Predictor::read_rows(const datasets::Image& image) const {
  auto* reader = dynamic_cast<models::RowReader*>(model_.network.get());
  if (reader == nullptr) return std::nullopt;
  const NoGrad no_grad;
  const models::RowReading reading = reader->read_rows(input_of({&image, 1}));
  return RowPredictions{rows_of(softmax(reading.logits, 1).value()),
                        rows_of(reading.states.value())};
}

}  // namespace scanline
