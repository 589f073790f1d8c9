#include "scanline/framework/nn/layer_norm_lstm.hpp"

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::random_array;

namespace {

struct Wide : nn::LayerNormLSTM {
  explicit Wide(const Options& options) : LayerNormLSTM(options) { to(DType::float64); }
};

}  // namespace

TEST_CASE("an LSTM with layer normalization has parameters for each layer and direction") {
  const nn::LayerNormLSTM lstm(
      {.input_size = 5, .hidden_size = 3, .num_layers = 2, .bidirectional = true});
  const NamedArrays values = lstm.state_dict();
  CHECK(values.size() == 4 * (2 + 3 * 2));
  CHECK(values.at("weight_ih_l0_reverse").shape() == Shape{12, 5});
  CHECK(values.at("weight_ih_l1").shape() == Shape{12, 6});
  CHECK(values.at("weight_hh_l1").shape() == Shape{12, 3});
  CHECK(values.at("norm_hh_l1.weight").shape() == Shape{12});
  CHECK(values.at("norm_c_l0_reverse.bias").shape() == Shape{3});
}

TEST_CASE("gradients of an LSTM with layer normalization, in any sizes") {
  struct Case {
    Index steps, batch, inputs, hidden, layers;
    bool both_ways;
  };
  for (const auto& [steps, batch, inputs, hidden, layers, both_ways] :
       {Case{1, 1, 1, 2, 1, false}, Case{3, 2, 2, 3, 1, true}, Case{2, 3, 3, 2, 2, true}}) {
    Wide lstm({.input_size = inputs,
               .hidden_size = hidden,
               .num_layers = layers,
               .bidirectional = both_ways});
    const Tensor x = test::random_leaf({steps, batch, inputs}, 1);
    const Shape states{layers * (both_ways ? 2 : 1), batch, hidden};
    const RecurrentState initial{test::random_leaf(states, 2), test::random_leaf(states, 3)};
    std::vector<Tensor> leaves = lstm.parameters();
    leaves.insert(leaves.end(), {x, initial.h, initial.c});
    const GradcheckResult result = gradcheck(
        [&] {
          const auto [output, h_n, c_n] = lstm(x, initial);
          return concatenate({reshape(output, {-1}), reshape(h_n, {-1}), reshape(c_n, {-1})}, 0);
        },
        leaves, 1e-6);
    INFO(steps << " steps of " << hidden << " units: " << result.failure);
    CHECK(result.passed());
  }
}

TEST_CASE("an LSTM with layer normalization does not read padding, and takes the batch first") {
  const nn::LayerNormLSTM::Options options{
      .input_size = 2, .hidden_size = 3, .num_layers = 2, .bidirectional = true};
  Wide lstm(options);
  const Tensor x(random_array({4, 2, 2}));
  const auto [output, h_n, c_n] = lstm(x, {}, {4, 2});
  const auto alone = lstm(slice(slice(x, 0, 0, 2), 1, 1, 2));
  CHECK(test::distance(slice(slice(output, 0, 0, 2), 1, 1, 2).value(), alone.output.value()) <
        1e-12);
  CHECK(test::distance(slice(h_n, 1, 1, 2).value(), alone.h_n.value()) < 1e-12);
  CHECK(test::distance(slice(c_n, 1, 1, 2).value(), alone.c_n.value()) < 1e-12);
  for (const double padding : test::values(select(slice(output, 0, 2, 4), 1, 1)))
    CHECK(padding == 0);

  nn::LayerNormLSTM::Options batch_first = options;
  batch_first.batch_first = true;
  Wide other(batch_first);
  other.load_state_dict(lstm.state_dict());
  CHECK(test::distance(transpose(other(transpose(x, 0, 1), {}, {4, 2}).output, 0, 1).value(),
                       output.value()) == 0);
}

TEST_CASE("an LSTM with layer normalization refuses what does not fit") {
  using Layer = nn::LayerNormLSTM;
  CHECK_THROWS_WITH(Layer({.input_size = 2, .hidden_size = 3, .bias = false}),
                    "layer_norm_lstm: does not have the option bias");
  CHECK_THROWS_WITH(Layer({.input_size = 2, .hidden_size = 3, .proj_size = 1}),
                    "layer_norm_lstm: does not have the option proj_size");
  CHECK_THROWS_AS(Layer({.input_size = 2, .hidden_size = 3, .nonlinearity = Nonlinearity::relu}),
                  Error);
  CHECK_THROWS_AS(Layer({.input_size = 2, .hidden_size = 0}), Error);
  CHECK_THROWS_AS(Layer({.input_size = 2, .hidden_size = 3, .dropout = 1}), Error);
  Wide lstm({.input_size = 2, .hidden_size = 3});
  CHECK_THROWS_WITH(lstm(Tensor(random_array({4, 2, 3}))),
                    "layer_norm_lstm: needs (T, B, 2) of at least one step, got (4, 2, 3)");
  CHECK_THROWS_AS(lstm(Tensor(random_array({0, 2, 2}))), Error);
  CHECK_THROWS_WITH(lstm(Tensor(random_array({4, 2, 2})), {Tensor(random_array({1, 3})), {}}),
                    "layer_norm_lstm: x (4, 2, 2) needs initial states (1, 2, 3), got (1, 3)");
  CHECK_THROWS_AS(lstm(Tensor(random_array({4, 2, 2})), {}, {5, 1}), Error);
}
