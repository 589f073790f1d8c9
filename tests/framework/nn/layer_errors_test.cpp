// How all layers refuse what does not fit.

#include <memory>
#include <string>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/batch_norm.hpp"
#include "scanline/framework/nn/cells.hpp"
#include "scanline/framework/nn/conv.hpp"
#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/layer_norm.hpp"
#include "scanline/framework/nn/layer_norm_lstm.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/nn/pool.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::random_array;

TEST_CASE("layers refuse undefined tensors and other element types in their own names") {
  const auto check = [](const std::string& name, auto layer) {
    const std::string starts = name + ": ";
    CHECK_THROWS_WITH((*layer)(Tensor()),
                      Catch::Matchers::StartsWith(starts + "expected a defined "));
    layer->eval();
    CHECK_THROWS_WITH((*layer)(Tensor()),
                      Catch::Matchers::StartsWith(starts + "expected a defined "));
    if (name != "dropout" && !name.ends_with("pool2d"))
      CHECK_THROWS_WITH((*layer)(Tensor(random_array({2, 2}))),
                        Catch::Matchers::StartsWith(starts + "element types "));
  };
  check("linear", std::make_unique<nn::Linear>(2, 2));
  check("layer_norm", std::make_unique<nn::LayerNorm>(2));
  check("batch_norm", std::make_unique<nn::BatchNorm1d>(2));
  check("conv2d", std::make_unique<nn::Conv2d>(1, 2, 2));
  check("max_pool2d", std::make_unique<nn::MaxPool2d>(2));
  check("avg_pool2d", std::make_unique<nn::AvgPool2d>(2));
  check("layer_norm_lstm", std::make_unique<nn::LayerNormLSTM>(
                               nn::LayerNormLSTM::Options{.input_size = 2, .hidden_size = 2}));
  check("dropout", std::make_unique<nn::Dropout>(0.5));
  check("lstm", std::make_unique<nn::LSTM>(nn::LSTM::Options{.input_size = 2, .hidden_size = 2}));
  check("gru_cell",
        std::make_unique<nn::GRUCell>(nn::GRUCell::Options{.input_size = 2, .hidden_size = 2}));
}
