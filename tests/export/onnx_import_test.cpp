#include "scanline/export/onnx_import.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/io/safetensors.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/predict/model_file.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/read_file.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path goldens = fs::path(SCANLINE_GOLDEN) / "onnx";

/// Imports a file of these bytes.
exporting::ImportedModel import(const std::string& bytes) {
  static const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "model.onnx";
  std::ofstream(file, std::ios::binary) << bytes;
  return exporting::read_onnx(file);
}

std::string varint(Index value) {
  std::string result;
  for (auto rest = static_cast<std::uint64_t>(value);; rest >>= 7) {
    result += static_cast<char>((rest & 0x7F) | (rest > 0x7F ? 0x80 : 0));
    if (rest <= 0x7F) return result;
  }
}

/// A field of a message that is a whole number.
std::string field(int number, Index value) {
  return static_cast<char>(number << 3) + varint(value);
}

/// A field of a message that is bytes.
std::string field(int number, const std::string& bytes) {
  return static_cast<char>(number << 3 | 2) + varint(static_cast<Index>(bytes.size())) + bytes;
}

/// A graph with an input (1, 7, 6) and these other fields.
std::string with_input(const std::string& fields) {
  std::string shape;
  for (const Index extent : {1, 7, 6}) shape += field(1, field(1, extent));
  const std::string type = field(1, field(1, Index{1}) + field(2, shape));
  return field(7, field(11, field(1, "x") + field(2, type)) + fields);
}

constexpr Index float32 = 1, int64 = 7;  // in ONNX

/// The message of an array whose elements are these bytes.
std::string tensor(const std::vector<Index>& extents, Index type, const std::string& bytes) {
  std::string result = field(2, type) + field(9, bytes);
  for (const Index extent : extents) result += field(1, extent);
  return result;
}

/// A constant: a list of whole numbers.
std::string constant(const std::string& name, const std::vector<Index>& values) {
  std::string bytes(values.size() * sizeof(Index), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return field(5, tensor({static_cast<Index>(values.size())}, int64, bytes) + field(8, name));
}

/// A constant: zeros.
std::string zeros(const std::string& name, const std::vector<Index>& extents) {
  std::size_t bytes = sizeof(float);
  for (const Index extent : extents) bytes *= static_cast<std::size_t>(extent);
  return field(5, tensor(extents, float32, std::string(bytes, '\0')) + field(8, name));
}

std::string node(const std::string& type, const std::vector<std::string>& inputs,
                 const std::vector<std::string>& outputs, const std::string& fields = "") {
  std::string result = field(4, type) + fields;
  for (const std::string& name : inputs) result += field(1, name);
  for (const std::string& name : outputs) result += field(2, name);
  return field(1, result);
}

/// Attributes of a node.
std::string attribute(const std::string& name, Index value) {
  return field(5, field(1, name) + field(3, value));
}
std::string attribute(const std::string& name, const std::vector<Index>& values) {
  std::string list;
  for (const Index value : values) list += field(8, value);
  return field(5, field(1, name) + list);
}

/// An RNN of as many layers, whose last output is `y`, and whose final states are `h`. Except for
/// the first layer, `w` is all weights.
std::string recurrent_layers(int count, Index units) {
  std::string result = zeros("w0", {1, units, 6}) + zeros("w", {1, units, units}) +
                       constant("one", {1}) +
                       node("Transpose", {"x"}, {"y"}, attribute("perm", {1, 0, 2}));
  for (int layer = 0; layer < count; ++layer)
    result += node("RNN", {"y", layer == 0 ? "w0" : "w", "w"}, {"all", "h"},
                   attribute("hidden_size", units)) +
              node("Squeeze", {"all", "one"}, {"y"});
  return result;
}

}  // namespace

TEST_CASE("classifiers that PyTorch has exported have the logits that PyTorch computes") {
  const auto [name, model] = GENERATE(table<std::string, std::string>({
      {"lstm", "lstm"},
      {"bilstm_2_layers", "bilstm"},
      {"lstm_last_output", "lstm"},
      {"bilstm_normalized", "bilstm"},
      {"lstm_no_bias", "lstm"},
      {"gru_steps_first", "gru"},
      {"bigru", "bigru"},
      {"birnn_2_layers", "birnn"},
      {"rnn_channel", "rnn"},
  }));
  INFO(name);
  const LoadedModel loaded = load_model(goldens / (name + ".onnx"), models::built_in());
  const ModelDescription& description = loaded.description;
  CHECK(description.model == model);
  CHECK(description.task.rows == 7);
  CHECK(description.task.columns == 6);
  CHECK(description.class_names == std::vector<std::string>{"0", "1", "2", "3"});
  const bool is_normalized = name == "bilstm_normalized";
  CHECK(description.mean == Approx(is_normalized ? 0.25 : 0));
  CHECK(description.standard_deviation == Approx(is_normalized ? 0.5 : 1));
  CHECK(normalization_of(description, {.mean = 2, .standard_deviation = 3}) ==
        datasets::Normalization{description.mean, description.standard_deviation});

  const io::Safetensors golden = io::read_safetensors(goldens / (name + ".safetensors"));
  const Array images = golden.tensors.at("images").copy();
  for (Index i = 0; i < images.size(); ++i)
    images.data<float>()[i] =
        static_cast<float>((images.at(i) - description.mean) / description.standard_deviation);
  const NoGrad no_grad;
  loaded.network->eval();
  Tensor logits = (*loaded.network)(Tensor(images));
  if (is_normalized) logits = log_softmax(logits, 1);
  CHECK(test::distance(logits.value(), golden.tensors.at("logits")) < 1e-5);
}

TEST_CASE("a graph that computes something else is refused by the name of the node") {
  const auto [name, message] = GENERATE(table<std::string, std::string>({
      {"refused_last_output", "(Gemm): expected one linear head, which reads the final hidden"},
      {"refused_mean", "(ReduceMean): expected a node of a classifier"},
      {"refused_relu", "(RNN): expected a layer as PyTorch has it, found activation Relu"},
      {"refused_convolution", "(Conv): expected a node of a classifier"},
  }));
  const fs::path file = goldens / (name + ".onnx");
  CHECK_THROWS_WITH(exporting::read_onnx(file), ContainsSubstring(file.string() + ": the node '") &&
                                                    ContainsSubstring(message));
}

TEST_CASE("files that are no model are refused") {
  CHECK_THROWS_WITH(import(""), ContainsSubstring("model.onnx: expected an ONNX file"));
  CHECK_THROWS_WITH(import("not a model"), ContainsSubstring("expected an ONNX file"));
  CHECK_THROWS_WITH(import(field(7, field(2, "graph"))),
                    ContainsSubstring("expected one input, found 0"));
  CHECK_THROWS_WITH(import(with_input("")), ContainsSubstring("expected a linear head"));
  CHECK_THROWS_WITH(exporting::read_onnx("nowhere.onnx"), ContainsSubstring("nowhere.onnx"));
}

TEST_CASE("a file that is cut or damaged is refused, or is a model") {
  const std::string bytes = test::read_file(goldens / "bigru.onnx");
  const auto try_import = [](const std::string& damaged) {
    try {
      import(damaged);
    } catch (const Error&) {
    }
  };
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    CHECK_THROWS_AS(import(bytes.substr(0, size)), Error);
    for (const char value : {'\0', '\x7f', '\xff'}) {
      std::string damaged = bytes;
      damaged[size] = value;
      try_import(damaged);
    }
  }
}

TEST_CASE("a small file cannot ask for much memory") {
  const Index many = Index{1} << 40;
  CHECK_THROWS_WITH(
      import(with_input(constant("shape", {many}) + node("ConstantOfShape", {"shape"}, {"y"}))),
      ContainsSubstring("(ConstantOfShape): expected at most"));
  std::string outputs;
  for (int i = 0; i < 100'000; ++i) outputs += field(12, "");
  CHECK_THROWS_WITH(import(with_input(outputs)), ContainsSubstring("expected fewer than"));
  CHECK_THROWS_WITH(import(with_input(recurrent_layers(101, 1))),
                    ContainsSubstring("(RNN): expected at most 100 layers"));
  CHECK_THROWS_WITH(import(with_input(recurrent_layers(10, 1024))),
                    ContainsSubstring("(RNN): expected at most 16777216 elements"));
  const std::vector<Index> positions(std::size_t{1} << 19, 0);
  CHECK_THROWS_WITH(import(with_input(constant("one", {1}) + constant("positions", positions) +
                                      node("Gather", {"one", "positions"}, {"y"}))),
                    ContainsSubstring("(Gather): expected at most"));
  CHECK_THROWS_WITH(import(with_input(constant("axes", {0, 1, 2, 3, 4, 5, 6, 7, 8}) +
                                      node("Unsqueeze", {"x", "axes"}, {"y"}))),
                    ContainsSubstring("(Unsqueeze): expected at most 8 axes"));
}

TEST_CASE("an extent of 0 does not let the others be anything") {
  const Index many = Index{1} << 50;
  const std::string empty = tensor({many, 0}, float32, "");
  CHECK_THROWS_WITH(
      import(with_input(constant("shape", {many, 0}) + node("ConstantOfShape", {"shape"}, {"y"}))),
      ContainsSubstring("(ConstantOfShape): expected at most"));
  CHECK_THROWS_WITH(import(with_input(node("Constant", {}, {"y"},
                                           field(5, field(1, "value") + field(5, empty))))),
                    ContainsSubstring("(Constant): expected at most"));
  CHECK_THROWS_WITH(
      import(with_input(field(5, empty + field(8, "empty")) + node("Identity", {"empty"}, {"y"}))),
      ContainsSubstring("(Identity): expected at most"));
  CHECK_THROWS_WITH(import(with_input(constant("empty", {}) + constant("shape", {0, many}) +
                                      node("Reshape", {"empty", "shape"}, {"y"}))),
                    ContainsSubstring("(Reshape): expected at most"));
}

TEST_CASE("a value is split into parts that it has") {
  CHECK_THROWS_WITH(import(with_input(node("Split", {"x"}, {}))),
                    ContainsSubstring("(Split): expected outputs, found none"));
  const Index largest = std::numeric_limits<Index>::max();
  for (const std::vector<Index>& sizes :
       std::vector<std::vector<Index>>{{1, largest}, {1, 1}, {-1, 2}, {largest, largest}})
    CHECK_THROWS_WITH(
        import(with_input(constant("sizes", sizes) + node("Split", {"x", "sizes"}, {"a", "b"}))),
        ContainsSubstring("(Split): expected parts of an extent of 1, found"));
}

TEST_CASE("biases are added to logits, not to probabilities") {
  const std::string head = recurrent_layers(1, 3) + zeros("fc", {3, 4}) + zeros("bias", {4}) +
                           constant("zero", {0}) + node("Squeeze", {"h", "zero"}, {"states"}) +
                           node("MatMul", {"states", "fc"}, {"product"});
  const auto model = [&](const std::string& nodes) {
    return import(with_input(head + nodes + field(12, field(1, "out"))));
  };
  const NamedArrays tensors =
      model(node("Add", {"product", "bias"}, {"sum"}) + node("Softmax", {"sum"}, {"out"})).tensors;
  CHECK(tensors.at("fc.weight").shape() == Shape{4, 3});
  CHECK_NOTHROW(
      model(node("LogSoftmax", {"product"}, {"log"}) + node("Softmax", {"log"}, {"out"})));
  CHECK_THROWS_WITH(
      model(node("Softmax", {"product"}, {"p"}) + node("Add", {"p", "bias"}, {"out"})),
      ContainsSubstring("(Add): expected logits and a bias"));
  CHECK_THROWS_WITH(model(node("Softmax", {"product"}, {"p"}) + node("LogSoftmax", {"p"}, {"out"})),
                    ContainsSubstring("(LogSoftmax): expected it to be applied to the logits"));
}
