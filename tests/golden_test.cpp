// Holds every layer against what PyTorch makes of the same numbers. scripts/make_goldens.py wrote
// the files, and says what is in them.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/io/safetensors.hpp"
#include "scanline/framework/nn/batch_norm.hpp"
#include "scanline/framework/nn/cells.hpp"
#include "scanline/framework/nn/conv.hpp"
#include "scanline/framework/nn/embedding.hpp"
#include "scanline/framework/nn/gru.hpp"
#include "scanline/framework/nn/layer_norm.hpp"
#include "scanline/framework/nn/layer_norm_lstm.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/nn/multihead_attention.hpp"
#include "scanline/framework/nn/pool.hpp"
#include "scanline/framework/nn/rnn.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/ctc.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/loss.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

using Arrays = std::map<std::string, Array>;
using Tensors = std::map<std::string, Tensor>;

/// The arrays of a file whose names begin with `kind` and a dot, by the rest of their names.
Arrays arrays_of(const io::Safetensors& file, const std::string& kind) {
  Arrays result;
  for (const auto& [name, array] : file.tensors)
    if (name.starts_with(kind + ".")) result.emplace(name.substr(kind.size() + 1), array);
  return result;
}

/// A case's options, as its file's metadata tell them.
class Options {
 public:
  explicit Options(const io::Safetensors& file) : values_(file.metadata) {}

  std::string text(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? "" : found->second;
  }
  double number(const std::string& key, double fallback = 0) const {
    return text(key).empty() ? fallback : std::stod(text(key));
  }
  Index size(const std::string& key, Index fallback = 0) const {
    return static_cast<Index>(number(key, static_cast<double>(fallback)));
  }
  Size2d size2d(const std::string& key, Index fallback) const {
    return {size(key + "_height", fallback), size(key + "_width", fallback)};
  }
  bool flag(const std::string& key, bool fallback = false) const {
    return text(key).empty() ? fallback : text(key) == "true";
  }
  Nonlinearity nonlinearity() const {
    return text("nonlinearity") == "relu" ? Nonlinearity::relu : Nonlinearity::tanh;
  }

 private:
  std::map<std::string, std::string> values_;
};

/// A module, and how it is called: its results by PyTorch's names.
struct Subject {
  std::unique_ptr<nn::Module> module;
  std::function<Tensors(const Tensors& inputs, const Lengths& lengths)> call;
};

Tensor find(const Tensors& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  return found == tensors.end() ? Tensor() : found->second;
}

nn::RecurrentOptions recurrent_options(const Options& o) {
  return {.input_size = o.size("input_size"),
          .hidden_size = o.size("hidden_size"),
          .num_layers = o.size("num_layers", 1),
          .nonlinearity = o.nonlinearity(),
          .bias = o.flag("bias", true),
          .batch_first = o.flag("batch_first"),
          .bidirectional = o.flag("bidirectional"),
          .proj_size = o.size("proj_size")};
}

/// LSTM and LayerNormLSTM, which are called alike.
template <class Network>
Subject lstm(const Options& o) {
  auto module = std::make_unique<Network>(recurrent_options(o));
  Network& net = *module;
  return {std::move(module), [&net](const Tensors& in, const Lengths& lengths) -> Tensors {
            const auto [output, h_n, c_n] =
                net(find(in, "x"), {find(in, "h_0"), find(in, "c_0")}, lengths);
            return {{"output", output}, {"h_n", h_n}, {"c_n", c_n}};
          }};
}

/// GRU and RNN, which are called alike.
template <class Network>
Subject recurrent(const Options& o) {
  auto module = std::make_unique<Network>(recurrent_options(o));
  Network& net = *module;
  return {std::move(module), [&net](const Tensors& in, const Lengths& lengths) -> Tensors {
            const auto [output, h_n] = net(find(in, "x"), find(in, "h_0"), lengths);
            return {{"output", output}, {"h_n", h_n}};
          }};
}

template <class Cell>
Subject cell(const Options& o) {
  auto module = std::make_unique<Cell>(recurrent_options(o));
  Cell& net = *module;
  return {std::move(module), [&net](const Tensors& in, const Lengths&) -> Tensors {
            if constexpr (std::is_same_v<Cell, nn::LSTMCell>) {
              const RecurrentState after = net(find(in, "x"), {find(in, "h_0"), find(in, "c_0")});
              return {{"h_n", after.h}, {"c_n", after.c}};
            } else {
              return {{"h_n", net(find(in, "x"), find(in, "h_0"))}};
            }
          }};
}

template <class Layer, class... Arguments>
Subject layer(Arguments... arguments) {
  auto module = std::make_unique<Layer>(arguments...);
  Layer& net = *module;
  return {std::move(module), [&net](const Tensors& in, const Lengths&) -> Tensors {
            if constexpr (std::is_same_v<Layer, nn::Embedding>)
              return {{"output", net(find(in, "x").value())}};
            else
              return {{"output", net(find(in, "x"))}};
          }};
}

Lengths to_lengths(const Array& array) {
  return Lengths(array.data<std::int64_t>(), array.data<std::int64_t>() + array.size());
}

Subject ctc(const Options& o) {
  const std::string reduction = o.text("reduction");
  const CtcOptions options{.blank = o.size("blank"),
                           .reduction = reduction == "none"  ? Reduction::none
                                        : reduction == "sum" ? Reduction::sum
                                                             : Reduction::mean,
                           .zero_infinity = o.flag("zero_infinity")};
  return {std::make_unique<nn::Module>(),
          [options](const Tensors& in, const Lengths& lengths) -> Tensors {
            return {{"output",
                     ctc_loss(log_softmax(find(in, "x"), 2), find(in, "labels").value(), lengths,
                              to_lengths(find(in, "target_lengths").value()), options)}};
          }};
}

Subject conv(const Options& o) {
  return layer<nn::Conv2d>(o.size("channels"), o.size("filters"), o.size2d("kernel_size", 1),
                           Conv2dOptions{.stride = o.size2d("stride", 1),
                                         .padding = o.size2d("padding", 0),
                                         .dilation = o.size2d("dilation", 1),
                                         .groups = o.size("groups", 1)},
                           o.flag("bias", true));
}

template <class Layer>
Subject pool(const Options& o) {
  return layer<Layer>(o.size2d("kernel_size", 1), o.size2d("stride", 0), o.size2d("padding", 0));
}

template <class Layer>
Subject batch_norm(const Options& o) {
  Subject subject = layer<Layer>(o.size("size"));
  subject.module->train(o.flag("train"));
  return subject;
}

Subject attention(const Options& o) {
  auto module = std::make_unique<nn::MultiheadAttention>(
      nn::MultiheadAttentionOptions{.embed_dim = o.size("embed_dim"),
                                    .num_heads = o.size("num_heads"),
                                    .bias = o.flag("bias", true),
                                    .batch_first = o.flag("batch_first")});
  nn::MultiheadAttention& net = *module;
  return {std::move(module), [&net](const Tensors& in, const Lengths& lengths) -> Tensors {
            const Tensor mask = find(in, "attn_mask");
            const auto [output, weights] =
                net(find(in, "query"), find(in, "key"), find(in, "value"),
                    {.attn_mask = mask.defined() ? mask.value() : Array(), .key_lengths = lengths});
            return {{"output", output}, {"weights", weights}};
          }};
}

Subject make(const Options& o) {
  const std::string name = o.text("module");
  if (name == "LSTM") return lstm<nn::LSTM>(o);
  if (name == "LayerNormLSTM") return lstm<nn::LayerNormLSTM>(o);
  if (name == "Conv2d") return conv(o);
  if (name == "MaxPool2d") return pool<nn::MaxPool2d>(o);
  if (name == "AvgPool2d") return pool<nn::AvgPool2d>(o);
  if (name == "MultiheadAttention") return attention(o);
  if (name == "GRU") return recurrent<nn::GRU>(o);
  if (name == "RNN") return recurrent<nn::RNN>(o);
  if (name == "LSTMCell") return cell<nn::LSTMCell>(o);
  if (name == "GRUCell") return cell<nn::GRUCell>(o);
  if (name == "RNNCell") return cell<nn::RNNCell>(o);
  if (name == "Linear")
    return layer<nn::Linear>(o.size("input_size"), o.size("output_size"), o.flag("bias", true));
  if (name == "Embedding") return layer<nn::Embedding>(o.size("count"), o.size("size"));
  if (name == "LayerNorm") return layer<nn::LayerNorm>(o.size("size"));
  if (name == "BatchNorm1d") return batch_norm<nn::BatchNorm1d>(o);
  if (name == "BatchNorm2d") return batch_norm<nn::BatchNorm2d>(o);
  if (name == "cross_entropy")
    return {
        std::make_unique<nn::Module>(),
        [smoothing = o.number("label_smoothing")](const Tensors& in, const Lengths&) -> Tensors {
          const Tensor weight = find(in, "class_weight");
          return {{"output", cross_entropy(find(in, "x"), find(in, "labels").value(), smoothing,
                                           weight.defined() ? weight.value() : Array())}};
        }};
  if (name == "ctc_loss") return ctc(o);
  throw Error("no such module in this test: " + name);
}

/// The largest |a - b| as a share of max(1, max |b|).
double disagreement(const Array& a, const Array& b) {
  double largest = 1;
  for (const double value : test::values(b)) largest = std::max(largest, std::abs(value));
  return test::distance(a, b) / largest;
}

/// Runs a case and returns by how much the array that disagrees most does so; infinite where one is
/// missing or too many.
double worst_disagreement(const io::Safetensors& file, DType dtype) {
  Subject subject = make(Options(file));
  const Arrays parameters = arrays_of(file, "parameter"), inputs = arrays_of(file, "input");
  NamedArrays state;
  for (const auto& [name, array] : parameters) state.emplace(name, array);
  // What a module keeps without training it comes in, and out again, beside the inputs.
  for (const nn::NamedTensor& buffer : subject.module->named_buffers())
    state.emplace(buffer.name, inputs.at(buffer.name));
  subject.module->to(dtype);
  subject.module->load_state_dict(state);

  Tensors leaves;
  Lengths lengths;
  for (const auto& [name, array] : inputs) {
    if (name == "lengths")
      lengths = to_lengths(array);
    else if (array.dtype() == DType::int64)
      leaves.emplace(name, Tensor(array));
    else
      leaves.emplace(name, test::leaf(array.to(dtype)));
  }
  Tensors results = subject.call(leaves, lengths);
  Tensor total(Array::scalar(0, dtype));
  const Arrays weights = arrays_of(file, "weight");
  for (const auto& [name, result] : results)
    total = total + sum(result * Tensor(weights.at(name).to(dtype)));
  total.backward();

  for (const nn::NamedTensor& parameter : subject.module->named_parameters())
    leaves.emplace(parameter.name, parameter.tensor);
  for (const nn::NamedTensor& buffer : subject.module->named_buffers())
    results.emplace(buffer.name, buffer.tensor);
  double worst = 0;
  const Arrays expected = arrays_of(file, "result"), grads = arrays_of(file, "grad");
  if (expected.size() != results.size()) return INFINITY;
  const auto hold = [&](const std::string& name, const Array& ours, const Array& theirs) {
    const double own = disagreement(ours, theirs.to(dtype));
    INFO(name << " disagrees by " << own);
    CHECK(own <= (dtype == DType::float64 ? 1e-10 : 1e-5));
    worst = std::max(worst, own);
  };
  for (const auto& [name, array] : expected) hold(name, results.at(name).value(), array);
  for (const auto& [name, array] : grads) hold("grad of " + name, leaves.at(name).grad(), array);
  for (const nn::NamedTensor& parameter : subject.module->named_parameters())
    if (grads.count(parameter.name) == 0) return INFINITY;
  return worst;
}

std::vector<fs::path> golden_files() {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(SCANLINE_GOLDEN))
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("every layer computes what PyTorch's does: results and all gradients") {
  const DType dtype = GENERATE(DType::float64, DType::float32);
  const std::vector<fs::path> files = golden_files();
  CHECK(files.size() >= 98);
  for (const fs::path& file : files) {
    INFO(file.filename().string() << " in " << name(dtype));
    CHECK(worst_disagreement(io::read_safetensors(file), dtype) <= 1e-5);
  }
}

TEST_CASE("a golden array that is another one would be noticed") {
  const Array a = test::array({1, -20, 3});
  CHECK(disagreement(a, test::array({1, -20, 3})) == 0);
  CHECK(disagreement(a, test::array({1, -20, 3.5})) == Approx(0.5 / 20));
  CHECK(disagreement(a, test::array({1, -20})) == INFINITY);
  CHECK(disagreement(a, test::array({1, -20, NAN})) == INFINITY);
}
