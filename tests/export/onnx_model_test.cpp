#include "scanline/export/onnx_model.hpp"

#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "examples/custom_layer/peephole_classifier.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/dropout.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "scanline/models/line_reader.hpp"
#include "scanline/models/registry.hpp"
#include "scanline/predict/model_file.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;

namespace {

constexpr models::ImageTask task{.rows = 7, .columns = 6, .classes = 4};

/// A model that is a function.
struct Function : nn::Layer {
  explicit Function(Tensor (*to_call)(const Tensor&)) : function(to_call) {}
  Tensor forward(const Tensor& images) override { return function(images); }
  Tensor (*function)(const Tensor&);
};

/// The same of a model that reads lines.
struct LineFunction : Function, models::LineReader {
  using Function::Function;
  models::LineScores read_lines(const Tensor& images, const Lengths&) override {
    return {forward(images), {}};
  }
  Index columns_per_step() const override { return 1; }
};

std::string written(nn::Layer& network, const exporting::OnnxOperators& operators = {}) {
  return exporting::to_onnx(
      network,
      {.model = "net", .task = task, .mean = 0.25, .metadata = {{"class_names", "[\"a\"]"}}},
      operators);
}

std::string written(Tensor (*function)(const Tensor&)) {
  Function network(function);
  return written(network);
}

std::string written(LineFunction network) { return written(static_cast<nn::Layer&>(network)); }

onnx::ModelProto parsed(const std::string& content) {
  onnx::ModelProto model;
  REQUIRE(model.ParseFromString(content));
  return model;
}

std::vector<std::string> operators(const onnx::ModelProto& model) {
  std::vector<std::string> result;
  for (const onnx::NodeProto& node : model.graph().node()) result.push_back(node.op_type());
  return result;
}

std::string shape(const onnx::ValueInfoProto& value) {
  std::string result;
  for (const auto& dimension : value.type().tensor_type().shape().dim())
    result += (dimension.has_dim_param() ? dimension.dim_param()
                                         : std::to_string(dimension.dim_value())) +
              " ";
  return result;
}

Tensor first_column(const Tensor& images) { return select(images, 2, 0); }

}  // namespace

TEST_CASE("a recurrent classifier is written as one node of ONNX") {
  const auto network = models::built_in().choose("bilstm", {{"hidden-size", "5"}})->make(task);
  const onnx::ModelProto model = parsed(written(*network));
  CHECK(model.opset_import(0).version() == 14);
  CHECK(operators(model) == std::vector<std::string>{"Sub", "Div", "Transpose", "LSTM", "Transpose",
                                                     "Reshape", "Gemm", "Identity", "Softmax",
                                                     "Identity"});
  REQUIRE(model.graph().input_size() == 1);
  CHECK(model.graph().input(0).name() == "image");
  CHECK(shape(model.graph().input(0)) == "batch 7 6 ");
  REQUIRE(model.graph().output_size() == 2);
  CHECK(model.graph().output(0).name() == "logits");
  CHECK(model.graph().output(1).name() == "probabilities");
  CHECK(shape(model.graph().output(1)) == "batch 4 ");
  REQUIRE(model.metadata_props_size() == 1);
  CHECK(model.metadata_props(0).key() == "class_names");
  const auto& constants = model.graph().initializer();
  CHECK(std::any_of(constants.begin(), constants.end(),
                    [](const auto& tensor) { return tensor.name() == "fc.weight"; }));
}

TEST_CASE("all models are written, and the shapes of their values fit each other") {
  const std::string name = GENERATE(from_range(models::built_in().names()));
  const std::string layers = GENERATE("1", "2");
  INFO(name << " with " << layers << " layers");
  const auto network =
      models::built_in().choose(name, {{"hidden-size", "5"}, {"layers", layers}})->make(task);
  onnx::ModelProto model = parsed(written(*network));
  const onnx::ShapeInferenceOptions strict(/*check_type=*/true, /*strict_mode=*/1);
  CHECK_NOTHROW(
      onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), strict));
}

TEST_CASE("a reader is written for lines of any width") {
  const auto network =
      models::built_in().choose("reader", {{"hidden-size", "5"}, {"layers", "1"}})->make(task);
  const onnx::ModelProto model = parsed(written(*network));
  CHECK(shape(model.graph().input(0)) == "batch 7 width ");
  CHECK(shape(model.graph().output(0)) == "steps batch 5 ");
  CHECK(shape(model.graph().output(1)) == "steps batch 5 ");

  CHECK_NOTHROW(written(LineFunction([](const Tensor& x) { return x; })));
  CHECK_THROWS_WITH(
      written(LineFunction([](const Tensor& x) { return x * static_cast<double>(x.size(2)); })),
      ContainsSubstring("the op 'multiply': its right depends on the batch size or the width"));
  CHECK_THROWS_WITH(
      written(LineFunction([](const Tensor& x) { return x + zeros({x.size(2)}); })),
      ContainsSubstring("the op 'add': a constant depends on the width of the lines"));
  CHECK_THROWS_WITH(written(LineFunction([](const Tensor& x) {
                      Tensor sum = select(x, 2, 0);
                      for (Index c = 1; c < x.size(2); ++c) sum = sum + select(x, 2, c);
                      return sum;
                    })),
                    ContainsSubstring("depend on the batch size or the width"));
}

TEST_CASE("layers of images are single nodes of ONNX") {
  const auto network =
      models::built_in().choose("cnn", {{"hidden-size", "3"}, {"layers", "1"}})->make(task);
  const onnx::ModelProto model = parsed(written(*network));
  std::vector<std::string> found = operators(model);
  found.resize(std::min<std::size_t>(found.size(), 10));
  const auto count = [&](const char* type) { return std::count(found.begin(), found.end(), type); };
  CHECK(count("Conv") == 2);
  CHECK(count("BatchNormalization") == 2);
  CHECK(count("Relu") == 2);
  CHECK(count("MaxPool") == 1);
  for (const onnx::NodeProto& node : model.graph().node()) {
    const auto attribute = [&node](const std::string& name) {
      const auto& all = node.attribute();
      return *std::find_if(all.begin(), all.end(),
                           [&](const auto& own) { return own.name() == name; });
    };
    if (node.op_type() == "BatchNormalization") {
      CHECK(node.input_size() == 5);
      CHECK(attribute("epsilon").f() == 1e-5F);
    }
    if (node.op_type() == "Conv") CHECK(attribute("pads").ints_size() == 4);
  }
}

TEST_CASE("a composed cell is written as the ops that it is composed of") {
  custom_layer::PeepholeClassifier network(task, {.hidden_size = 3});
  CHECK_THROWS_WITH(written(network),
                    ContainsSubstring("net cannot be written as ONNX: the op 'softsign': "));
  const onnx::ModelProto model = parsed(written(network, {{"softsign", "Softsign"}}));
  const std::vector<std::string> found = operators(model);
  CHECK(std::count(found.begin(), found.end(), "Tanh") == 2 * task.rows + 1);
  CHECK(std::count(found.begin(), found.end(), "Softsign") == 1);
  CHECK(std::count(found.begin(), found.end(), "LSTM") == 0);
}

TEST_CASE("what cannot be written for any batch is refused") {
  CHECK_THROWS_WITH(written([](const Tensor& x) { return dropout(first_column(x), 0.5); }),
                    ContainsSubstring("the op 'dropout': it has no counterpart"));
  CHECK_THROWS_WITH(
      written([](const Tensor& x) { return first_column(x) * static_cast<double>(x.size(0)); }),
      ContainsSubstring("the op 'multiply': its right depends on the batch size"));
  CHECK_THROWS_WITH(written([](const Tensor& x) {
                      const Tensor rows = first_column(x);
                      return x.size(0) == 2 ? exp(rows) : rows;
                    }),
                    ContainsSubstring("depend on the batch size"));
  CHECK_THROWS_WITH(written([](const Tensor& x) {
                      const Tensor rows = first_column(x);
                      return rows + Tensor(rows.value().copy());
                    }),
                    ContainsSubstring("the op 'add': a value that no op has computed differs"));
  CHECK_THROWS_WITH(written([](const Tensor& x) {
                      const Tensor rows = first_column(x);
                      return concatenate({rows, zeros({1, rows.size(1)})}, 0);
                    }),
                    ContainsSubstring("an extent is 3 and 4 for batches of 2 and 3 images"));
  CHECK_THROWS_WITH(written([](const Tensor& x) {
                      Array two = Array::full({1, x.size(1)}, 2);
                      const Tensor y = first_column(x) * Tensor(two);
                      two.fill(3);
                      return y * Tensor(two);
                    }),
                    ContainsSubstring("changed in place"));
}

TEST_CASE("a written classifier is read again, with the same logits") {
  const std::string name = GENERATE("bilstm", "lstm", "bigru", "gru", "birnn", "rnn");
  const std::string layers = GENERATE("1", "3");
  INFO(name << " with " << layers << " layers");
  const auto network =
      models::built_in().choose(name, {{"hidden-size", "5"}, {"layers", layers}})->make(task);
  const test::TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "model.onnx";
  std::ofstream(file, std::ios::binary) << exporting::to_onnx(
      *network, {.model = name,
                 .task = task,
                 .mean = 0.25,
                 .standard_deviation = 0.5,
                 .metadata = {{"model", name}, {"class_names", R"(["a", "b", "c", "d"])"}}});
  const LoadedModel read = load_model(file, models::built_in());
  CHECK(read.description.model == name);
  CHECK(read.description.mean == 0.25);
  CHECK(read.description.standard_deviation == 0.5);
  CHECK(read.description.class_names == std::vector<std::string>{"a", "b", "c", "d"});
  const NamedArrays expected = network->state_dict();
  for (const auto& [tensor, array] : read.network->state_dict())
    CHECK(test::distance(array, expected.at(tensor)) == 0);
}
