#include "scanline/framework/nn/recurrent_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "scanline/framework/nn/cells.hpp"
#include "tests/catch.hpp"
#include "tests/framework/nn/recurrent_modules.hpp"

using namespace scanline;
using namespace scanline::test;

TEST_CASE("recurrent parameters have PyTorch's names, shapes and order, and start small") {
  set_default_random_state({7, 0});
  const auto check = [](const nn::Module& module, Index hidden, const Strings& expected) {
    CHECK(names_and_shapes(module) == expected);
    const double bound = 1 / std::sqrt(static_cast<double>(hidden));
    double largest = 0;
    for (const Tensor& parameter : module.parameters())
      for (const double value : values(parameter)) largest = std::max(largest, std::abs(value));
    CHECK(largest <= bound);
    CHECK(largest > 0.9 * bound);
  };
  check(nn::LSTM({.input_size = 5, .hidden_size = 3, .num_layers = 2, .bidirectional = true}), 3,
        {"weight_ih_l0 (12, 5)", "weight_hh_l0 (12, 3)", "bias_ih_l0 (12,)", "bias_hh_l0 (12,)",
         "weight_ih_l0_reverse (12, 5)", "weight_hh_l0_reverse (12, 3)", "bias_ih_l0_reverse (12,)",
         "bias_hh_l0_reverse (12,)", "weight_ih_l1 (12, 6)", "weight_hh_l1 (12, 3)",
         "bias_ih_l1 (12,)", "bias_hh_l1 (12,)", "weight_ih_l1_reverse (12, 6)",
         "weight_hh_l1_reverse (12, 3)", "bias_ih_l1_reverse (12,)", "bias_hh_l1_reverse (12,)"});
  check(nn::LSTM({.input_size = 5,
                  .hidden_size = 3,
                  .num_layers = 2,
                  .bidirectional = true,
                  .proj_size = 2}),
        3,
        {"weight_ih_l0 (12, 5)",
         "weight_hh_l0 (12, 2)",
         "bias_ih_l0 (12,)",
         "bias_hh_l0 (12,)",
         "weight_hr_l0 (2, 3)",
         "weight_ih_l0_reverse (12, 5)",
         "weight_hh_l0_reverse (12, 2)",
         "bias_ih_l0_reverse (12,)",
         "bias_hh_l0_reverse (12,)",
         "weight_hr_l0_reverse (2, 3)",
         "weight_ih_l1 (12, 4)",
         "weight_hh_l1 (12, 2)",
         "bias_ih_l1 (12,)",
         "bias_hh_l1 (12,)",
         "weight_hr_l1 (2, 3)",
         "weight_ih_l1_reverse (12, 4)",
         "weight_hh_l1_reverse (12, 2)",
         "bias_ih_l1_reverse (12,)",
         "bias_hh_l1_reverse (12,)",
         "weight_hr_l1_reverse (2, 3)"});
  check(
      nn::LSTM({.input_size = 5, .hidden_size = 4, .num_layers = 2, .bias = false, .proj_size = 1}),
      4,
      {"weight_ih_l0 (16, 5)", "weight_hh_l0 (16, 1)", "weight_hr_l0 (1, 4)",
       "weight_ih_l1 (16, 1)", "weight_hh_l1 (16, 1)", "weight_hr_l1 (1, 4)"});
  check(nn::GRU({.input_size = 5, .hidden_size = 3, .bidirectional = true}), 3,
        {"weight_ih_l0 (9, 5)", "weight_hh_l0 (9, 3)", "bias_ih_l0 (9,)", "bias_hh_l0 (9,)",
         "weight_ih_l0_reverse (9, 5)", "weight_hh_l0_reverse (9, 3)", "bias_ih_l0_reverse (9,)",
         "bias_hh_l0_reverse (9,)"});
  check(
      nn::GRU({.input_size = 5, .hidden_size = 3, .num_layers = 2, .bias = false}), 3,
      {"weight_ih_l0 (9, 5)", "weight_hh_l0 (9, 3)", "weight_ih_l1 (9, 3)", "weight_hh_l1 (9, 3)"});
  check(nn::RNN({.input_size = 5, .hidden_size = 3, .num_layers = 2}), 3,
        {"weight_ih_l0 (3, 5)", "weight_hh_l0 (3, 3)", "bias_ih_l0 (3,)", "bias_hh_l0 (3,)",
         "weight_ih_l1 (3, 3)", "weight_hh_l1 (3, 3)", "bias_ih_l1 (3,)", "bias_hh_l1 (3,)"});
  check(nn::RNN({.input_size = 5, .hidden_size = 3, .bias = false, .bidirectional = true}), 3,
        {"weight_ih_l0 (3, 5)", "weight_hh_l0 (3, 3)", "weight_ih_l0_reverse (3, 5)",
         "weight_hh_l0_reverse (3, 3)"});
  check(nn::LSTMCell({.input_size = 5, .hidden_size = 3}), 3,
        {"weight_ih (12, 5)", "weight_hh (12, 3)", "bias_ih (12,)", "bias_hh (12,)"});
  check(nn::GRUCell({.input_size = 5, .hidden_size = 3}), 3,
        {"weight_ih (9, 5)", "weight_hh (9, 3)", "bias_ih (9,)", "bias_hh (9,)"});
  check(nn::RNNCell({.input_size = 5, .hidden_size = 3}), 3,
        {"weight_ih (3, 5)", "weight_hh (3, 3)", "bias_ih (3,)", "bias_hh (3,)"});
  check(nn::LSTMCell({.input_size = 5, .hidden_size = 3, .bias = false}), 3,
        {"weight_ih (12, 5)", "weight_hh (12, 3)"});
}

TEST_CASE("recurrent modules refuse options that make no sense") {
  for (const Kind& kind : kinds) {
    INFO(describe(kind));
    const auto refusal = [&](const Options& options) {
      return error_of([&] { make(kind.kind, options); });
    };
    const std::string sizes =
        kind.name + ": needs an input size, a hidden size and layers of at least 1, got ";
    CHECK(refusal({.input_size = 0, .hidden_size = 3}) == sizes + "0, 3 and 1");
    CHECK(refusal({.input_size = 2, .hidden_size = 0}) == sizes + "2, 0 and 1");
    CHECK(refusal({.input_size = 2, .hidden_size = -1}) == sizes + "2, -1 and 1");
    CHECK(refusal({.input_size = 2, .hidden_size = 3, .num_layers = 0}) == sizes + "2, 3 and 0");
    const std::string dropout = kind.name + ": needs a dropout in [0, 1), got ";
    CHECK(refusal({.input_size = 2, .hidden_size = 3, .dropout = 1}) == dropout + "1");
    CHECK(refusal({.input_size = 2, .hidden_size = 3, .dropout = -0.5}) == dropout + "-0.5");
    CHECK(refusal({.input_size = 2, .hidden_size = 3, .dropout = NAN}) == dropout + "nan");
  }
  for (const Index projected : {-1, 3, 4})
    CHECK(
        error_of([=] { nn::LSTM({.input_size = 2, .hidden_size = 3, .proj_size = projected}); }) ==
        fmt::format("lstm: needs a projection to less than the 3 hidden units, got {}", projected));

  const std::string sizes = ": needs an input size and a hidden size of at least 1, got 0 and 3";
  CHECK_THROWS_WITH(nn::LSTMCell({.input_size = 0, .hidden_size = 3}), "lstm_cell" + sizes);
  CHECK_THROWS_WITH(nn::GRUCell({.input_size = 0, .hidden_size = 3}), "gru_cell" + sizes);
  CHECK_THROWS_WITH(nn::RNNCell({.input_size = 0, .hidden_size = 3}), "rnn_cell" + sizes);
  CHECK_THROWS_AS(nn::RNNCell({.input_size = 2, .hidden_size = -3}), Error);
}

TEST_CASE("options that a recurrent module does not have are refused by name") {
  const auto refusal = [](const std::function<void()>& make_it) { return error_of(make_it); };
  const std::string end = ": does not have the option ";
  const Options projected{.input_size = 2, .hidden_size = 3, .proj_size = 2};
  CHECK(refusal([&] { nn::GRU{projected}; }) == "gru" + end + "proj_size");
  CHECK(refusal([&] { nn::RNN{projected}; }) == "rnn" + end + "proj_size");
  CHECK(refusal([&] { nn::LSTMCell{projected}; }) == "lstm_cell" + end + "proj_size");
  CHECK(refusal([&] { nn::LSTM{projected}; }) == "no error");
  const Options relu{.input_size = 2, .hidden_size = 3, .nonlinearity = Nonlinearity::relu};
  CHECK(refusal([&] { nn::LSTM{relu}; }) == "lstm" + end + "nonlinearity");
  CHECK(refusal([&] { nn::GRU{relu}; }) == "gru" + end + "nonlinearity");
  CHECK(refusal([&] { nn::GRUCell{relu}; }) == "gru_cell" + end + "nonlinearity");
  CHECK(refusal([&] { nn::RNN{relu}; }) == "no error");
  CHECK(refusal([&] { nn::RNNCell{relu}; }) == "no error");
  const auto of_cell = [&](const Options& options) {
    return refusal([&] { nn::RNNCell{options}; });
  };
  CHECK(of_cell({.input_size = 2, .hidden_size = 3, .num_layers = 2}) ==
        "rnn_cell" + end + "num_layers");
  CHECK(of_cell({.input_size = 2, .hidden_size = 3, .batch_first = true}) ==
        "rnn_cell" + end + "batch_first");
  CHECK(of_cell({.input_size = 2, .hidden_size = 3, .dropout = 0.5}) ==
        "rnn_cell" + end + "dropout");
  CHECK(of_cell({.input_size = 2, .hidden_size = 3, .bidirectional = true}) ==
        "rnn_cell" + end + "bidirectional");
}
