#include "scanline/predict/predictor.hpp"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <string>
#include <thread>

#include "scanline/datasets/digit.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/io/safetensors.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using test::two;
namespace fs = std::filesystem;

namespace {

/// Writes a model, with random weights, for images of `side` x `side` pixels of three classes.
fs::path write_model(const fs::path& file, Index side,
                     datasets::PreparationKind preparation = datasets::PreparationKind::digit,
                     const std::string& model = "mlp") {
  const ModelDescription description{
      .model = model,
      .task = {.rows = side, .columns = side, .classes = 3},
      .options = {{"hidden-size", "8"}, {"layers", "1"}, {"dropout", "0"}},
      .class_names = {"one", "two", "three"},
      .dataset = "mnist",
      .preparation = preparation,
      .mean = 0.5,
      .standard_deviation = 0.25,
      .version = "1"};
  const auto network =
      models::built_in().choose(model, description.options)->make(description.task);
  save_model(file, *network, description);
  return file;
}

std::vector<char> bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a program classifies a picture") {
  const test::TemporaryDirectory directory;
  write_model(directory.path() / "model.safetensors", 28);
  write_picture(directory.path() / "digit.png", two());

  Predictor predictor(directory.path() / "model.safetensors");
  const Prediction prediction = predictor.predict(directory.path() / "digit.png");

  REQUIRE(prediction.probabilities.size() == 3);
  CHECK(std::accumulate(prediction.probabilities.begin(), prediction.probabilities.end(), 0.0) ==
        Approx(1));
  CHECK(std::max_element(prediction.probabilities.begin(), prediction.probabilities.end()) -
            prediction.probabilities.begin() ==
        prediction.class_index);
  CHECK(prediction.class_name ==
        predictor.description().class_names[static_cast<std::size_t>(prediction.class_index)]);
}

TEST_CASE("file, bytes and prepared pixels get the same answer") {
  const test::TemporaryDirectory directory;
  Predictor predictor(write_model(directory.path() / "model", 28));
  const fs::path file = directory.path() / "digit.png";
  write_picture(file, inverted(on_sheet(two(), 2, 30, 10, 100, 90)));
  const std::vector<float> expected = predictor.predict(file).probabilities;
  const std::vector<char> bytes = bytes_of(file);
  CHECK(predictor.predict(std::as_bytes(std::span(bytes)), "upload").probabilities == expected);
  const datasets::Image prepared = predictor.prepare(file);
  CHECK(prepared.rows == 28);
  CHECK(predictor.predict(prepared).probabilities == expected);
  CHECK_FALSE(predictor.read_rows(prepared));  // an MLP sees all rows at once
  CHECK_THROWS_WITH(predictor.predict(std::as_bytes(std::span("no")), "upload"),
                    ContainsSubstring("upload: expected a PNG"));
  CHECK_THROWS_WITH(predictor.predict(directory.path() / "none.png"),
                    ContainsSubstring("none.png: expected a PNG"));
}

TEST_CASE("several images are answered in their order, each for itself") {
  const test::TemporaryDirectory directory;
  Predictor predictor(write_model(directory.path() / "model", 4));
  std::vector<datasets::Image> images;
  for (int i = 0; i < 600; ++i)  // more than a batch
    images.push_back({4, 4, std::vector<std::uint8_t>(16, static_cast<std::uint8_t>(i % 256))});
  const std::vector<Prediction> predictions = predictor.predict(images);
  REQUIRE(predictions.size() == 600);
  for (const std::size_t i : {0U, 1U, 255U, 256U, 599U}) {
    const Prediction alone = predictor.predict(images[i]);
    CHECK(alone.class_index == predictions[i].class_index);
    for (std::size_t c = 0; c < 3; ++c)
      CHECK(alone.probabilities[c] == Approx(predictions[i].probabilities[c]));
  }
  CHECK(predictions[0].probabilities != predictions[1].probabilities);
  CHECK(predictor.predict(std::vector<datasets::Image>{}).empty());
}

TEST_CASE("images are normalized as in training, or as those of MNIST where that is unknown") {
  const test::TemporaryDirectory directory;
  const fs::path known =
      write_model(directory.path() / "known", 1, datasets::PreparationKind::digit, "lstm");
  // (p / 255 - mean) / deviation is the same for these two.
  Predictor predictor(known);
  io::Safetensors content = io::read_safetensors(known);
  content.metadata.erase("crc32");
  content.metadata["mean"] = "0";
  content.metadata["standard_deviation"] = "0.5";
  io::write_safetensors(directory.path() / "other", content);
  Predictor other(directory.path() / "other");
  content.metadata["dataset"] = "";  // as it is read from an ONNX file that says nothing of it
  io::write_safetensors(directory.path() / "unnamed", content);
  Predictor unnamed(directory.path() / "unnamed");
  content.metadata["mean"] = "0.1307";
  content.metadata["standard_deviation"] = "0.3081";
  io::write_safetensors(directory.path() / "mnist", content);
  Predictor mnist(directory.path() / "mnist");
  content.metadata.clear();
  io::write_safetensors(directory.path() / "unknown", content);
  Predictor unknown(directory.path() / "unknown");
  const auto answer = [](const Predictor& by, std::uint8_t pixel) {
    return by.predict(datasets::Image{1, 1, {pixel}}).probabilities[0];
  };
  CHECK(answer(predictor, 255) == Approx(answer(other, 255)));
  CHECK(answer(predictor, 0) != Approx(answer(other, 0)));
  CHECK(answer(unnamed, 255) == answer(other, 255));
  CHECK(answer(unknown, 255) != Approx(answer(other, 255)));
  CHECK(answer(unknown, 255) == answer(mnist, 255));
}

TEST_CASE("images of another size are refused") {
  const test::TemporaryDirectory directory;
  const fs::path model = write_model(directory.path() / "model", 4);
  Predictor predictor(model);
  CHECK_THROWS_WITH(
      predictor.predict(datasets::Image{2, 8, std::vector<std::uint8_t>(16)}),
      model.string() + ": expected images of 4x4, found 16 pixels of an image of 2x8");
  CHECK_THROWS_WITH(predictor.predict(datasets::Image{4, 4, {1, 2, 3}}),
                    model.string() + ": expected images of 4x4, found 3 pixels of an image of 4x4");
}

TEST_CASE("pictures are prepared as for the training of the model, in its size") {
  using datasets::PreparationKind;
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "digit.png";
  const test::Picture aside = inverted(on_sheet(two(), 1, 2, 3, 28, 28));
  write_picture(file, aside);
  const Predictor digits(write_model(directory.path() / "digits", 28));
  const Predictor raw(write_model(directory.path() / "raw", 28, PreparationKind::none));
  CHECK(digits.prepare(file).pixels == two().values);
  CHECK(raw.prepare(file).pixels == aside.values);
  const Predictor small(write_model(directory.path() / "small", 14, PreparationKind::none));
  CHECK(small.prepare(file).pixels ==
        datasets::prepare(datasets::Image{28, 28, aside.values}, {.size = {14, 14}}, "").pixels);
  Predictor small_digits(write_model(directory.path() / "small digits", 14));
  CHECK(small_digits.prepare(file).pixels ==
        datasets::prepare_digit({{{28, 28, aside.values}}}, "", {14, 14}).pixels);
  CHECK(small_digits.predict(file).probabilities.size() == 3);
}

TEST_CASE("several threads that use a predictor get the answers that one thread gets") {
  const test::TemporaryDirectory directory;
  const fs::path picture = directory.path() / "digit.png";
  write_picture(picture, inverted(on_sheet(two(), 2, 30, 10, 100, 90)));
  std::vector<datasets::Image> images(40, {28, 28, {}});
  Random random(1, Purpose::user);
  for (datasets::Image& image : images)
    for (int i = 0; i < 28 * 28; ++i)
      image.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));

  for (const std::string model : {"bilstm", "gru", "mlp", "rowcol"}) {
    const Predictor predictor(
        write_model(directory.path() / model, 28, datasets::PreparationKind::digit, model));
    // All probabilities of a picture, of each image, of all images at once and of their rows.
    const auto answers = [&] {
      std::vector<std::vector<float>> all{predictor.predict(picture).probabilities};
      for (const datasets::Image& image : images) {
        all.push_back(predictor.predict(image).probabilities);
        if (const auto rows = predictor.read_rows(image))
          for (const auto& row : rows->probabilities) all.push_back(row);
      }
      for (const Prediction& prediction : predictor.predict(images))
        all.push_back(prediction.probabilities);
      return all;
    };
    const auto expected = answers();
    std::vector<std::vector<std::vector<float>>> found(4);
    std::vector<std::thread> threads;
    for (auto& own : found) threads.emplace_back([&] { own = answers(); });
    for (std::thread& thread : threads) thread.join();
    INFO(model);
    for (const auto& own : found) CHECK(own == expected);
  }
}
