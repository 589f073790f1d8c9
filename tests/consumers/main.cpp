// What others build on scanline: a layer and an op of their own, checked, trained, saved and
// loaded. The program needs each of the four libraries. Its only argument is the file to save to.

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "scanline/datasets/mnist.hpp"
#include "scanline/framework/core/array_view.hpp"
#include "scanline/models/registry.hpp"
#include "scanline/scanline.hpp"
#include "scanline/train/metrics.hpp"

using namespace scanline;

namespace {

struct GatedResidual : nn::Layer {
  explicit GatedResidual(Index n)
      : fc(child<nn::Linear>("fc", n, n)), gain(parameter("gain", init::ones({n}))) {}
  Tensor forward(const Tensor& x) override { return x + gain * tanh(fc(x)); }
  nn::Linear& fc;
  const Tensor gain;
};

Tensor softsign(const Tensor& x) {
  return unary_op(
      "softsign", x, [](auto v) { return v / (1 + std::abs(v)); },
      of_output([](auto g, auto y) { return g * (1 - std::abs(y)) * (1 - std::abs(y)); }));
}

/// Reads images row by row, and has a layer of its own before the head.
struct Classifier : nn::Layer {
  Classifier(Index columns, Index classes)
      : lstm(child<nn::LSTM>("lstm",
                             {.input_size = columns, .hidden_size = 16, .batch_first = true})),
        gated(child<GatedResidual>("gated", 16)),
        fc(child<nn::Linear>("fc", 16, classes)) {}
  Tensor forward(const Tensor& images) override {
    return fc(softsign(gated(mean(lstm(images).output, {1}))));
  }
  nn::LSTM& lstm;
  GatedResidual& gated;
  nn::Linear& fc;
};

void expect(bool condition, const std::string& what) {
  if (!condition) throw Error(what);
}

void check_gradients() {
  GatedResidual layer(5);
  layer.to(DType::float64);
  const Tensor x(Array::full({3, 5}, 0.3, DType::float64), /*requires_grad=*/true);
  std::vector<Tensor> leaves = layer.parameters();
  leaves.push_back(x);
  const GradcheckResult result = gradcheck([&] { return softsign(layer(x)); }, leaves);
  expect(result.passed(), result.failure);
}

double accuracy(nn::Layer& network, const Tensor& images, const Array& labels, Index classes) {
  train::Metrics metrics(classes);
  metrics.add(network(images).value(), labels);
  return metrics.accuracy();
}

void run(const std::filesystem::path& file) {
  check_gradients();

  expect(datasets::Mnist({.directory = "here"}).directory() == "here", "another directory");
  constexpr Index rows = 28, columns = 28, classes = 10;
  std::vector<std::int64_t> numbers(20);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<std::int64_t>(i) % classes;
  const Array labels = Array::from(numbers, {20});
  // Noise, and a bright column for each class.
  const Array pixels = init::normal({20, rows, columns}, 0.1);
  for (Index i = 0; i < 20; ++i)
    for (Index row = 0; row < rows; ++row)
      view<float>(pixels)(i, row, 2 * numbers[static_cast<std::size_t>(i)]) += 3;
  const Tensor images(pixels);

  Classifier network(columns, classes);
  optim::Adam adam(network.parameters(), 0.02, {});
  for (int step = 0; step < 60; ++step) {
    adam.zero_grad();
    cross_entropy(network(images), labels).backward();
    adam.step();
  }
  const double learnt = accuracy(network, images, labels, classes);
  expect(learnt == 1, "60 steps should be enough, and the accuracy is " + std::to_string(learnt));

  io::write_safetensors(file, {network.state_dict(), {}});
  Classifier loaded(columns, classes);
  loaded.load_state_dict(io::read_safetensors(file).tensors);
  expect(accuracy(loaded, images, labels, classes) == learnt, "the loaded network is another one");

  const auto built_in = models::built_in().choose("lstm", {{"hidden-size", "8"}})->make({});
  expect((*built_in)(images).shape() == Shape{20, classes}, "logits of the wrong shape");
  std::cout << "learnt, saved and loaded\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: consumer FILE\n";
    return 2;
  }
  try {
    run(argv[1]);
  } catch (const Error& error) {
    std::cerr << "consumer: " << error.what() << '\n';
    return 1;
  }
}
