#include "scanline/export/onnx_import.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/io/safetensors.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/predict/model_file.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path goldens = fs::path(SCANLINE_GOLDEN) / "onnx";

std::string read_bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Imports a file of these bytes.
exporting::ImportedModel import(const std::string& bytes) {
  static const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "model.onnx";
  std::ofstream(file, std::ios::binary) << bytes;
  return exporting::read_onnx(file);
}

/// A field of a message that is bytes.
std::string field(int number, const std::string& bytes) {
  std::string size;
  for (std::size_t rest = bytes.size();; rest >>= 7) {
    size += static_cast<char>((rest & 0x7F) | (rest > 0x7F ? 0x80 : 0));
    if (rest <= 0x7F) break;
  }
  return static_cast<char>(number << 3 | 2) + size + bytes;
}

/// A graph with an input (1, 7, 6) and these other fields.
std::string with_input(const std::string& fields) {
  const auto dimension = [](char extent) { return field(1, std::string{'\x08', extent}); };
  const std::string shape = dimension(1) + dimension(7) + dimension(6);
  const std::string type = field(1, std::string("\x08\x01", 2) + field(2, shape));
  return field(7, field(11, field(1, "x") + field(2, type)) + fields);
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
  const std::string bytes = read_bytes(goldens / "bigru.onnx");
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
  // An array of 2^40 zeros: a constant that is its shape, and a node that makes it.
  const std::string extents = std::string("\x00\x00\x00\x00\x00\x01\x00\x00", 8);
  const std::string constant =
      field(5, std::string("\x08\x01\x10\x07", 4) + field(8, "shape") + field(9, extents));
  const std::string node =
      field(1, field(1, "shape") + field(2, "zeros") + field(4, "ConstantOfShape"));
  CHECK_THROWS_WITH(import(with_input(constant + node)),
                    ContainsSubstring("(ConstantOfShape): expected at most"));
  std::string outputs;
  for (int i = 0; i < 100'000; ++i) outputs += field(12, "");
  CHECK_THROWS_WITH(import(with_input(outputs)), ContainsSubstring("expected fewer than"));
}
