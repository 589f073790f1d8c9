#include "scanline/framework/nn/module.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/batch_norm.hpp"
#include "scanline/framework/nn/cells.hpp"
#include "scanline/framework/nn/embedding.hpp"
#include "scanline/framework/nn/gru.hpp"
#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/nn/sequential.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::random_array;
using test::values;
using Values = std::vector<double>;
using Names = std::vector<std::string>;

namespace {

/// A user's layer, as the comment of module.hpp shows it.
struct GatedResidual : nn::Layer {
  explicit GatedResidual(Index n)
      : fc(child<nn::Linear>("fc", n, n)), gain(parameter("gain", init::ones({n}))) {}
  Tensor forward(const Tensor& x) override { return x + gain * tanh(fc(x)); }
  nn::Linear& fc;
  const Tensor gain;
};

/// Children of children, buffers, and a child made of options.
struct Network : nn::Layer {
  Network()
      : block(child<GatedResidual>("block", 3)),
        norm(child<nn::BatchNorm1d>("norm", 3)),
        lstm(child<nn::LSTM>("lstm", {.input_size = 3, .hidden_size = 2})),
        scale(parameter("scale", init::ones({}))) {}
  Tensor forward(const Tensor& x) override { return norm(block(x)) * scale; }
  GatedResidual& block;
  nn::BatchNorm1d& norm;
  nn::LSTM& lstm;
  const Tensor scale;
};

/// Lets the tests register whatever they like.
struct Open : nn::Module {
  using nn::Module::buffer;
  using nn::Module::child;
  using nn::Module::parameter;
};

Names names(const std::vector<nn::NamedTensor>& tensors) {
  Names result;
  for (const nn::NamedTensor& named : tensors) result.push_back(named.name);
  return result;
}

NamedArrays copies(const nn::Module& module) {
  NamedArrays result;
  for (const auto& [name, array] : module.state_dict()) result.emplace(name, array.copy());
  return result;
}

bool same(const NamedArrays& a, const NamedArrays& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& u, const auto& v) {
    return u.first == v.first && u.second.dtype() == v.second.dtype() &&
           test::distance(u.second, v.second) == 0;
  });
}

}  // namespace

TEST_CASE("a user's layer has right gradients, those of its parameters included") {
  GatedResidual layer(3);
  layer.to(DType::float64);
  const Tensor x = test::random_leaf({2, 3});
  std::vector<Tensor> leaves = layer.parameters();
  REQUIRE(leaves.size() == 3);
  leaves.push_back(x);
  const GradcheckResult result = gradcheck([&] { return layer(x); }, leaves);
  INFO(result.failure);
  CHECK(result.passed());
}

TEST_CASE("names are paths, a module's own before those of its children") {
  const Network network;
  CHECK(names(network.named_parameters()) ==
        Names{"scale", "block.gain", "block.fc.weight", "block.fc.bias", "norm.weight", "norm.bias",
              "lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0"});
  CHECK(names(network.named_buffers()) ==
        Names{"norm.running_mean", "norm.running_var", "norm.num_batches_tracked"});
  CHECK(network.parameters().size() == 10);
  CHECK(network.parameter_count() == 1 + 3 + 9 + 3 + 3 + 3 + 24 + 16 + 8 + 8);
  CHECK(network.state_dict().size() == 13);
  for (const Tensor& parameter : network.parameters()) CHECK(parameter.requires_grad());
  for (const nn::NamedTensor& buffer : network.named_buffers())
    CHECK_FALSE(buffer.tensor.requires_grad());
}

TEST_CASE("names that are taken, empty or hold a dot are refused") {
  Open module;
  module.parameter("a", init::zeros({1}));
  module.buffer("b", init::zeros({1}));
  module.child<nn::Linear>("c", 1, 1);
  for (const std::string name : {"a", "b", "c"}) {
    const std::string message = "module: the name '" + name + "' is registered twice";
    CHECK_THROWS_WITH(module.parameter(name, init::zeros({1})), message);
    CHECK_THROWS_WITH(module.buffer(name, init::zeros({1})), message);
    CHECK_THROWS_WITH(module.child<nn::Linear>(name, 1, 1), message);
  }
  for (const std::string name : {"", "a.b", "."}) {
    CHECK_THROWS_AS(module.parameter(name, init::zeros({1})), Error);
    CHECK_THROWS_AS(module.buffer(name, init::zeros({1})), Error);
    CHECK_THROWS_AS(module.child<nn::Linear>(name, 1, 1), Error);
  }
  CHECK(module.state_dict().size() == 4);
}

TEST_CASE("a state goes from one module to another, whatever its element type") {
  Network from, to;
  from.norm.running_mean.value().fill(0.25);
  from.norm.num_batches_tracked.value().fill(7);
  REQUIRE_FALSE(same(from.state_dict(), to.state_dict()));
  to.load_state_dict(from.state_dict());
  CHECK(same(from.state_dict(), to.state_dict()));
  // Copied, not shared.
  from.scale.value().fill(5);
  CHECK(to.scale.item() == 1);

  Network wide;
  wide.to(DType::float64);
  wide.load_state_dict(from.state_dict());
  CHECK(wide.scale.dtype() == DType::float64);
  CHECK(values(wide.block.fc.weight) == values(from.block.fc.weight));
  to.load_state_dict(wide.state_dict());
  CHECK(same(from.state_dict(), to.state_dict()));
}

TEST_CASE("a state dict shares the module's elements") {
  const Network network;
  network.state_dict().at("block.gain").fill(3);
  CHECK(values(network.block.gain) == Values(3, 3));
}

TEST_CASE("a state that does not fit is refused as a whole, with all that is wrong") {
  Network network;
  const NamedArrays before = copies(network);
  NamedArrays bad = copies(Network());
  bad.erase("norm.bias");
  bad.erase("block.gain");
  bad.at("block.fc.weight") = Array::zeros({2, 4});
  bad.at("scale") = Array::zeros({1});
  bad.emplace("head.weight", Array::zeros({1}));
  CHECK_THROWS_WITH(
      network.load_state_dict(bad),
      "tensors do not fit the model: missing block.gain, norm.bias; unexpected head.weight; "
      "misshapen block.fc.weight (expected (3, 3), found (2, 4)), scale (expected (), found (1,))");
  CHECK(same(copies(network), before));
}

TEST_CASE("conversion keeps all handles valid and leaves whole numbers alone") {
  Network network;
  const Tensor gain = network.block.gain;
  const std::vector<Tensor> parameters = network.parameters();
  const Tensor x(random_array({4, 3}));
  sum(network(Tensor(x.value().to(DType::float32)))).backward();
  network.to(DType::float64);
  CHECK(gain.dtype() == DType::float64);
  for (const Tensor& parameter : parameters) {
    CHECK(parameter.dtype() == DType::float64);
    CHECK_FALSE(parameter.grad().defined());
  }
  CHECK(network.norm.running_var.dtype() == DType::float64);
  CHECK(network.norm.num_batches_tracked.dtype() == DType::int64);
  sum(network(x) * network(x)).backward();
  CHECK(gain.grad().dtype() == DType::float64);
  // The LSTM holds handles of its own to its parameters.
  CHECK(network.lstm(Tensor(random_array({2, 1, 3}))).output.dtype() == DType::float64);
  network.to(DType::float32);
  CHECK(network(Tensor(x.value().to(DType::float32))).dtype() == DType::float32);
  CHECK_THROWS_AS(network.to(DType::int64), Error);
}

TEST_CASE("training mode reaches every module below") {
  Network network;
  CHECK(network.is_training());
  CHECK(network.block.fc.is_training());
  network.eval();
  CHECK_FALSE(network.is_training());
  CHECK_FALSE(network.norm.is_training());
  CHECK_FALSE(network.block.fc.is_training());
  network.train();
  CHECK(network.block.fc.is_training());
}

TEST_CASE("zero_grad reaches every parameter") {
  Network network;
  network.zero_grad();  // before the first pass there is nothing to do
  sum(network(Tensor(random_array({4, 3}, 0, -1, 1, DType::float32)))).backward();
  CHECK(values(network.scale.grad()) != Values{0});
  network.zero_grad();
  CHECK(values(network.scale.grad()) == Values{0});
  CHECK(values(network.block.fc.weight.grad()) == Values(9, 0));
}

namespace {

/// Reads with modules that are called in different ways, each of which may get what does not fit.
struct Reader : nn::Layer {
  Reader()
      : words(child<nn::Embedding>("words", 4, 3)),
        rows(child<nn::LSTM>("rows", {.input_size = 3, .hidden_size = 2})),
        cell(child<nn::GRUCell>("cell", {.input_size = 3, .hidden_size = 2})),
        body(child<nn::Sequential>("body")) {
    body.add<nn::Linear>(3, 3);
    block = &body.add<GatedResidual>(3);
    body.add<nn::Linear>(2, 1);
  }
  Tensor forward(const Tensor& x) override { return rows(x).output; }
  nn::Embedding& words;
  nn::LSTM& rows;
  nn::GRUCell& cell;
  nn::Sequential& body;
  GatedResidual* block;
};

/// Has a reader, and what is no Error besides.
struct Around : nn::Layer {
  Around() : reader(child<Reader>("reader")) {}
  Tensor forward(const Tensor& x) override {
    if (!x.defined()) throw std::logic_error("not an Error");
    return reader(x);
  }
  Reader& reader;
};

}  // namespace

TEST_CASE("errors in a network begin with the names of the modules that they come from") {
  const Tensor wrong(random_array({2, 5, 4}, 0, -1, 1, DType::float32));
  const std::string message = "lstm: needs (T, B, 3), or (T, 3) for a single sequence, got ";
  Around network;
  CHECK_THROWS_WITH(network(wrong), "reader.rows: " + message + "(2, 5, 4)");
  // A module that is no child has no name.
  CHECK_THROWS_WITH(Reader()(wrong), "rows: " + message + "(2, 5, 4)");
  CHECK_THROWS_WITH(nn::LSTM({.input_size = 3, .hidden_size = 2})(wrong), message + "(2, 5, 4)");

  Reader& reader = network.reader;
  CHECK_THROWS_WITH(reader.words(test::indices({4})),
                    Catch::Matchers::StartsWith("words: embedding: "));
  CHECK_THROWS_WITH(reader.rows.final_states(wrong), Catch::Matchers::StartsWith("rows: lstm: "));
  CHECK_THROWS_WITH(reader.cell(wrong), Catch::Matchers::StartsWith("cell: gru_cell: "));
  // Two layers fit, and the third does not. With another element type none does.
  const Tensor three(random_array({2, 3}, 0, -1, 1, DType::float32));
  CHECK_THROWS_WITH(reader.body(three), Catch::Matchers::StartsWith("body.2: linear: "));
  reader.block->to(DType::float64);
  CHECK_THROWS_WITH(reader.body(three), Catch::Matchers::StartsWith("body.1.fc: linear: "));
}

TEST_CASE("a module hands on what is no Error as it is") {
  CHECK_THROWS_AS(Around()(Tensor()), std::logic_error);
}
