#include "scanline/framework/nn/sequential.hpp"

#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/layer_norm.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/nn/layer_gradients.hpp"

using namespace scanline;
using test::check_gradients;
using test::values;

TEST_CASE("Sequential runs its layers in order and names them by position") {
  nn::Sequential layers;
  const Tensor x = test::random_leaf({2, 3});
  CHECK(values(layers(x)) == values(x));
  nn::Linear& first = layers.add<nn::Linear>(3, 4);
  layers.add<nn::Dropout>(0.5);
  nn::LayerNorm& last = layers.add<nn::LayerNorm>(4);
  CHECK(layers.state_dict().count("0.weight") == 1);
  CHECK(layers.state_dict().count("2.bias") == 1);
  CHECK(layers.parameters().size() == 4);
  layers.to(DType::float64);
  layers.eval();
  CHECK(test::distance(layers(x).value(), last(first(x)).value()) == 0);
  check_gradients(layers, x);
}

TEST_CASE("Sequential takes functions, which have positions as layers do") {
  nn::Sequential layers;
  nn::Linear& first = layers.add<nn::Linear>(3, 4);
  layers.add(relu);
  layers.add(tanh);  // which of the functions of this name, the argument decides
  layers.add([factor = 2.0](const Tensor& x) { return x * factor; });
  nn::Linear& last = layers.add<nn::Linear>(4, 1);
  CHECK(layers.parameters().size() == 4);
  CHECK(layers.state_dict().count("4.weight") == 1);
  layers.to(DType::float64);
  const Tensor x = test::random_leaf({2, 3});
  CHECK(test::distance(layers(x).value(), last(tanh(relu(first(x))) * 2.0).value()) == 0);
  check_gradients(layers, x);
}
