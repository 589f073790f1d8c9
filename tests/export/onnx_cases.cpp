// Writes networks as ONNX, with the logits that scanline computes, for onnx_runtime_test.cjs.
//
//   onnx_cases DIRECTORY MNIST
//
// The images are the first 1,000 of MNIST's test set, or random ones if MNIST is not there.

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "examples/custom_layer/peephole_classifier.hpp"
#include "scanline/datasets/idx.hpp"
#include "scanline/export/onnx_model.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/nn/batch_norm.hpp"
#include "scanline/framework/nn/conv.hpp"
#include "scanline/framework/nn/gru.hpp"
#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/nn/layer_norm.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/nn/pool.hpp"
#include "scanline/framework/nn/rnn.hpp"
#include "scanline/framework/ops/gather.hpp"
#include "scanline/framework/ops/matmul.hpp"
#include "scanline/models/line_reader.hpp"
#include "scanline/models/registry.hpp"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

constexpr models::ImageTask task{.rows = 28, .columns = 28, .classes = 10};
constexpr double pixel_mean = 0.1307, pixel_deviation = 0.3081;

/// All results of a recurrent network (its output and its final states) for each image.
template <class Network>
struct Reader : nn::Layer {
  Reader(const nn::RecurrentOptions& options, bool has_lengths, bool has_states)
      : network(child<Network>("network", options)),
        layers(options.num_layers * (options.bidirectional ? 2 : 1)),
        with_lengths(has_lengths),
        batch_first(options.batch_first) {
    if (!has_states) return;
    initial.h = parameter("h", init::uniform({layers, 1, options.output_size()}, 1));
    initial.c = parameter("c", init::uniform({layers, 1, options.hidden_size}, 1));
  }

  Tensor forward(const Tensor& images) override {
    const Index batch = images.size(0);
    // Three copies of each image, where they are to be read to different rows.
    const Index copies = with_lengths ? 3 : 1;
    const Tensor x = concatenate(std::vector<Tensor>(static_cast<std::size_t>(copies), images), 0);
    Lengths lengths;
    if (with_lengths)
      for (const Index length : {28, 3, 11})
        lengths.insert(lengths.end(), static_cast<std::size_t>(batch), length);
    RecurrentState states;
    if (initial.h.defined()) {
      const Tensor zero = zeros({layers, copies * batch, 1});
      states = {initial.h + zero, initial.c + zero};
    }
    const auto result = read(batch_first ? x : transpose(x, 0, 1), states, lengths);
    const auto of_images = [&](const Tensor& y) {  // (n, copies * B, features)
      return reshape(permute(reshape(y, {y.size(0), copies, batch, y.size(2)}), {2, 0, 1, 3}),
                     {batch, -1});
    };
    std::vector<Tensor> parts{
        of_images(batch_first ? transpose(result.output, 0, 1) : result.output),
        of_images(result.h_n)};
    if constexpr (requires { result.c_n; }) parts.push_back(of_images(result.c_n));
    return concatenate(parts, 1);
  }

  auto read(const Tensor& x, const RecurrentState& states, const Lengths& lengths) {
    if constexpr (std::is_same_v<Network, nn::LSTM>)
      return network(x, states, lengths);
    else
      return network(x, states.h, lengths);
  }

  Network& network;
  Index layers;
  bool with_lengths;
  RecurrentState initial;
  bool batch_first;
};

/// Ops that no model of scanline uses.
struct OtherOps : nn::Layer {
  OtherOps()
      : batch_norm(child<nn::BatchNorm1d>("batch_norm", task.rows)),
        layer_norm(child<nn::LayerNorm>("layer_norm", task.columns)),
        table(parameter("table", init::uniform({5, task.rows}, 1))) {
    batch_norm.running_mean.value().fill(0.25);
    batch_norm.running_var.value().fill(2);
  }
  Tensor forward(const Tensor& images) override {
    const Tensor x = layer_norm(batch_norm(images));
    const Tensor similarity = matmul(x, x, {.b = true}) / 28;  // (B, 28, 28)
    const Tensor inner = matmul(x, slice(x, 1, 0, 5), {.a = false, .b = true});
    const Tensor positive = abs(x) + 0.5;  // blank rows are 0 but for rounding
    const Tensor mixed = gelu(x) + 2 / positive - power(positive, 1.5) + log(positive) +
                         sqrt(positive) * sigmoid(-x) + clamp(x, -0.5, 0.25) + (1 - flip(x, 2)) +
                         exp(-positive) + power(positive, positive) +
                         pad(slice(x, 2, 3, 28), 2, 1, 2);
    const Array condition = Array::zeros({task.columns});
    condition.data<float>()[3] = 1;
    const Tensor chosen = where(condition, mixed, relu(x));
    // The same rows of each image, in another order.
    const Array rows({images.size(0), 3, task.columns}, DType::int64);
    for (Index i = 0; i < rows.size(); ++i)
      rows.data<std::int64_t>()[i] = i / task.columns % 3 * 9 + i % 2;
    const Array order = Array::from(std::vector<std::int64_t>{4, 0, 2, 2});
    const std::vector<Tensor> parts{sum(gather(x, rows, 1), {2}),
                                    linear(mean(x, {2}), embedding(table, order), Tensor()),
                                    max(chosen, {1}),
                                    mean(similarity, {2}),
                                    max(mean(inner, {1}), {1}, /*keep_axes=*/true),
                                    select(softmax(chosen, 2), 1, -1),
                                    sum(log_softmax(x, -1), {2})};
    return concatenate(parts, 1);
  }
  nn::BatchNorm1d& batch_norm;
  nn::LayerNorm& layer_norm;
  const Tensor table;
};

/// Convolutions and pooling with all of their options.
struct ImageOps : nn::Layer {
  Tensor forward(const Tensor& images) override {
    const Tensor x = reshape(images, {images.size(0), 1, task.rows, task.columns});
    return reshape(conv2(mean_pool(max_pool(conv1(x)))), {images.size(0), -1});
  }
  nn::Conv2d& conv1 = child<nn::Conv2d>("conv1", 1, 4, Size2d{5, 3},
                                        Conv2dOptions{.stride = {1, 2}, .padding = {2, 1}});
  nn::MaxPool2d max_pool{{3, 2}, {2, 1}, 1};
  nn::AvgPool2d mean_pool{2, 1, 1};
  nn::Conv2d& conv2 = child<nn::Conv2d>(
      "conv2", 4, 6, 3, Conv2dOptions{.dilation = {1, 2}, .groups = 2}, /*bias=*/false);
};

class Cases {
 public:
  Cases(fs::path directory, const fs::path& mnist) : directory_(std::move(directory)) {
    const fs::path file = mnist / "t10k-images-idx3-ubyte";
    if (fs::exists(file)) {
      const datasets::IdxArray pixels = datasets::read_idx(file, 3);
      for (Index i = 0; i < images_.size(); ++i)
        images_.data<float>()[i] =
            static_cast<float>(pixels.values.at(static_cast<std::size_t>(i))) / 255;
    } else {
      Random random(1, Purpose::user);
      for (Index i = 0; i < images_.size(); ++i)
        images_.data<float>()[i] = static_cast<float>(random.uniform());
    }
    write("images", images_);
  }

  void add(const std::string& name, nn::Layer& network) const {
    write_model(name, network);
    write_logits(name, network, images_);
  }

  /// A network that reads lines, with lines of several widths: their pixels are in files
  /// NAME.BATCHxWIDTH.lines.
  void add_reader(const std::string& name, nn::Layer& network) const {
    write_model(name, network);
    Random random(1, Purpose::user);
    for (const auto& [batch, width] :
         std::vector<std::pair<Index, Index>>{{1, 28}, {4, 31}, {2, 100}, {3, 5}}) {
      const Array lines({batch, task.rows, width}, DType::float32);
      for (Index i = 0; i < lines.size(); ++i)
        lines.data<float>()[i] = static_cast<float>(random.uniform());
      const std::string stem = fmt::format("{}.{}x{}", name, batch, width);
      write(stem + ".lines", lines);
      write_logits(stem, network, lines);
    }
  }

 private:
  void write_model(const std::string& name, nn::Layer& network) const {
    const std::string content = exporting::to_onnx(
        network,
        {.model = name, .task = task, .mean = pixel_mean, .standard_deviation = pixel_deviation},
        {{"softsign", "Softsign"}});
    std::ofstream(directory_ / (name + ".onnx"), std::ios::binary) << content;
  }

  void write_logits(const std::string& stem, nn::Layer& network, const Array& images) const {
    const NoGrad no_grad;
    const Array prepared = images.copy();
    for (Index i = 0; i < prepared.size(); ++i) {
      float& pixel = prepared.data<float>()[i];
      pixel = (pixel - static_cast<float>(pixel_mean)) / static_cast<float>(pixel_deviation);
    }
    write(stem + ".logits", network(Tensor(prepared)).value());
  }

  void write(const std::string& name, const Array& array) const {
    std::ofstream(directory_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(array.raw()), array.bytes());
  }

  fs::path directory_;
  Array images_{{1000, task.rows, task.columns}, DType::float32};
};

template <class Network>
void add_recurrent(const Cases& cases, const std::string& name, nn::RecurrentOptions options) {
  for (const Index layers : {1, 2})
    for (const bool both_ways : {false, true})
      for (const bool bias : {false, true})
        for (const bool has_lengths : {false, true}) {
          options.num_layers = layers;
          options.bidirectional = both_ways;
          options.bias = bias;
          // Batches come first, and states are given, in half of the cases.
          options.batch_first = both_ways == bias;
          Reader<Network> reader(options, has_lengths, /*has_states=*/bias != has_lengths);
          cases.add(fmt::format("{}_{}_layers{}{}{}", name, layers, both_ways ? "_both_ways" : "",
                                bias ? "_bias" : "", has_lengths ? "_lengths" : ""),
                    reader);
        }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) throw Error("usage: onnx_cases DIRECTORY MNIST");
  const Cases cases(argv[1], argv[2]);
  for (const std::string& name : models::built_in().names()) {
    const auto network =
        models::built_in().choose(name, {{"hidden-size", "16"}, {"layers", "2"}})->make(task);
    if (models::reads_lines(*network))
      cases.add_reader(name, *network);
    else
      cases.add(name, *network);
  }
  for (const std::string columns : {"1", "3"})
    cases.add_reader(
        "reader_" + columns,
        *models::built_in()
             .choose("reader", {{"hidden-size", "16"}, {"layers", "1"}, {"step-columns", columns}})
             ->make(task));
  custom_layer::PeepholeClassifier peephole(task, {.hidden_size = 8, .layers = 2});
  cases.add("peephole", peephole);
  OtherOps others;
  cases.add("other_ops", others);
  ImageOps image_ops;
  cases.add("image_ops", image_ops);
  add_recurrent<nn::LSTM>(cases, "lstm", {.input_size = task.columns, .hidden_size = 5});
  add_recurrent<nn::LSTM>(cases, "lstm_projected",
                          {.input_size = task.columns, .hidden_size = 5, .proj_size = 3});
  add_recurrent<nn::GRU>(cases, "gru", {.input_size = task.columns, .hidden_size = 5});
  add_recurrent<nn::RNN>(cases, "rnn_tanh", {.input_size = task.columns, .hidden_size = 5});
  add_recurrent<nn::RNN>(
      cases, "rnn_relu",
      {.input_size = task.columns, .hidden_size = 5, .nonlinearity = Nonlinearity::relu});
} catch (const Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
