#include "scanline/framework/nn/cells.hpp"

#include <functional>
#include <string>
#include <vector>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "tests/catch.hpp"
#include "tests/framework/nn/recurrent_modules.hpp"

using namespace scanline;
using namespace scanline::test;

TEST_CASE("gradients of recurrent cells") {
  const auto lstm = make_module<nn::LSTMCell>({.input_size = 2, .hidden_size = 3});
  const auto gru = make_module<nn::GRUCell>({.input_size = 2, .hidden_size = 3});
  const auto rnn = make_module<nn::RNNCell>({.input_size = 2, .hidden_size = 3});
  const auto relu = make_module<nn::RNNCell>(
      {.input_size = 2, .hidden_size = 3, .nonlinearity = Nonlinearity::relu});
  for (const Index batch : {single, Index{1}, Index{4}}) {
    const auto leaf = [batch](Index size, std::uint32_t item) {
      return random_leaf(batch == single ? Shape{size} : Shape{batch, size}, item);
    };
    const Tensor x = leaf(2, 1), h = leaf(3, 2), c = leaf(3, 3);
    const auto check = [&](const nn::Module& cell, const std::function<Tensor()>& forward,
                           const std::vector<Tensor>& inputs) {
      const GradcheckResult result = gradcheck(forward, with_parameters(cell, inputs));
      INFO(result.failure);
      CHECK(result.passed());
    };
    check(*lstm,
          [&] {
            const RecurrentState next = (*lstm)(x, {h, c});
            return concatenate({next.h, next.c}, -1);
          },
          {x, h, c});
    check(*gru, [&] { return (*gru)(x, h); }, {x, h});
    check(*rnn, [&] { return (*rnn)(x, h); }, {x, h});
    check(*relu, [&] { return (*relu)(x, h); }, {x, h});
  }
}

TEST_CASE("recurrent cells refuse inputs and states that do not fit") {
  const auto check = [](const std::string& name, bool has_c, const auto& step) {
    INFO(name);
    const auto refusal = [&](const Tensor& x, const Tensor& h = {}, const Tensor& c = {}) {
      return error_of([&] { step(x, RecurrentState{h, c}); });
    };
    CHECK(refusal(zero_tensor({4, 3})) == name + ": needs (B, 2) or (2), got (4, 3)");
    CHECK(refusal(zero_tensor({3})) == name + ": needs (B, 2) or (2), got (3,)");
    CHECK(refusal(zero_tensor({1, 4, 2})) == name + ": needs (B, 2) or (2), got (1, 4, 2)");
    CHECK(refusal(zero_tensor({})) == name + ": needs (B, 2) or (2), got ()");

    const Tensor x = zero_tensor({4, 2}), alone = zero_tensor({2}), h = zero_tensor({4, 3});
    const std::string both = ": both or none must have a batch";
    CHECK(refusal(x, zero_tensor({3})) == name + ": x (4, 2) and a state (3,)" + both);
    CHECK(refusal(alone, zero_tensor({1, 3})) == name + ": x (2,) and a state (1, 3)" + both);
    const std::string needs = name + ": needs x (B, I) and a state (B, 3), got ";
    CHECK(refusal(x, zero_tensor({1, 3})) == needs + "(4, 2) with (1, 3)");
    CHECK(refusal(x, zero_tensor({4, 1})) == needs + "(4, 2) with (4, 1)");
    CHECK(refusal(alone, zero_tensor({4})) == needs + "(1, 2) with (1, 4)");
    if (has_c) {
      CHECK(refusal(x, h, zero_tensor({3})) == name + ": x (4, 2) and a state (3,)" + both);
      CHECK(refusal(x, h, zero_tensor({1, 3})) == needs + "(4, 2) with (1, 3)");
      CHECK(refusal(x, h, zero_tensor({4, 1})) == needs + "(4, 2) with (4, 1)");
    }
    const std::string types = name + ": element types ";
    CHECK(refusal(Tensor(x.value().to(DType::float32))).rfind(types, 0) == 0);
    CHECK(refusal(x, Tensor(h.value().to(DType::float32))).rfind(types, 0) == 0);
    if (has_c) CHECK(refusal(x, h, Tensor(h.value().to(DType::float32))).rfind(types, 0) == 0);
    CHECK(refusal(x, h) == "no error");
    CHECK(refusal(alone) == "no error");
  };
  const auto lstm = make_module<nn::LSTMCell>({.input_size = 2, .hidden_size = 3});
  const auto gru = make_module<nn::GRUCell>({.input_size = 2, .hidden_size = 3});
  const auto rnn = make_module<nn::RNNCell>({.input_size = 2, .hidden_size = 3});
  check("lstm_cell", true,
        [&](const Tensor& x, const RecurrentState& state) { (*lstm)(x, state); });
  check("gru_cell", false,
        [&](const Tensor& x, const RecurrentState& state) { (*gru)(x, state.h); });
  check("rnn_cell", false,
        [&](const Tensor& x, const RecurrentState& state) { (*rnn)(x, state.h); });
}

TEST_CASE("a recurrent cell is one step of the module of its kind") {
  const Tensor x(random_array({1, 4, 2})), x_t(part(x, 0));
  const Options options{.input_size = 2, .hidden_size = 3};
  const RecurrentState initial = random_state(CellKind::lstm, options, 4);
  const Tensor h(part(initial.h, 0)), c(part(initial.c, 0));
  // Made in the same order from the same random numbers, the parameters are equal.
  const auto check = [&](CellKind kind, const RecurrentState& next, const RecurrentState& without) {
    const AnyRecurrent module = make(kind, options);
    const Output y = module(x, initial), from_zero = module(x);
    CHECK(test::distance(next.h.value(), part(y.output, 0)) < 1e-14);
    CHECK(test::distance(without.h.value(), part(from_zero.output, 0)) < 1e-14);
    if (next.c.defined()) CHECK(test::distance(next.c.value(), part(y.c_n, 0)) < 1e-14);
  };
  const auto lstm = make_module<nn::LSTMCell>({.input_size = 2, .hidden_size = 3});
  check(CellKind::lstm, (*lstm)(x_t, {h, c}), (*lstm)(x_t));
  const auto gru = make_module<nn::GRUCell>({.input_size = 2, .hidden_size = 3});
  check(CellKind::gru, {(*gru)(x_t, h)}, {(*gru)(x_t)});
  for (const Nonlinearity nonlinearity : {Nonlinearity::tanh, Nonlinearity::relu}) {
    const auto rnn =
        make_module<nn::RNNCell>({.input_size = 2, .hidden_size = 3, .nonlinearity = nonlinearity});
    check(nonlinearity == Nonlinearity::tanh ? CellKind::rnn_tanh : CellKind::rnn_relu,
          {(*rnn)(x_t, h)}, {(*rnn)(x_t)});
  }
}
