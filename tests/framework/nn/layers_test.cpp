// Linear, LayerNorm, Embedding, Dropout and Sequential.

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/nn/batch_norm.hpp"
#include "scanline/framework/nn/cells.hpp"
#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/embedding.hpp"
#include "scanline/framework/nn/layer_norm.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/nn/sequential.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::random_array;
using test::values;
using Values = std::vector<double>;

namespace {

void check_gradients(nn::Layer& layer, const Tensor& x) {
  std::vector<Tensor> leaves = layer.parameters();
  leaves.push_back(x);
  const GradcheckResult result = gradcheck([&] { return layer(x); }, leaves);
  INFO(result.failure);
  CHECK(result.passed());
}

}  // namespace

TEST_CASE("Linear is x W^T + b, on any number of leading axes") {
  nn::Linear layer(2, 3);
  CHECK(layer.weight.shape() == Shape{3, 2});
  CHECK(layer.bias.shape() == Shape{3});
  layer.load_state_dict(
      {{"weight", array({1, 2, 3, 4, 5, 6}, {3, 2})}, {"bias", array({10, 20, 30})}});
  layer.to(DType::float64);
  CHECK(values(layer(Tensor(array({1, -1}, {1, 2})))) == Values{9, 19, 29});
  CHECK(layer(Tensor(random_array({4, 5, 2}))).shape() == Shape{4, 5, 3});
  check_gradients(layer, test::random_leaf({2, 3, 2}));

  nn::Linear plain(2, 3, /*bias=*/false);
  CHECK(plain.parameter_count() == 6);
  CHECK_FALSE(plain.bias.defined());
  plain.to(DType::float64);
  check_gradients(plain, test::random_leaf({4, 2}));
  CHECK_THROWS_AS(layer(Tensor(random_array({2, 3}))), Error);
}

TEST_CASE("Linear starts within 1/sqrt(in)") {
  const nn::Linear layer(100, 50);
  for (const Tensor& parameter : layer.parameters())
    for (const double value : values(parameter)) CHECK(std::abs(value) <= 0.1);
  const Values weights = values(layer.weight);
  CHECK(*std::max_element(weights.begin(), weights.end()) > 0.099);
  CHECK(*std::min_element(weights.begin(), weights.end()) < -0.099);
}

TEST_CASE("Linear without inputs is its bias, which starts as zeros") {
  nn::Linear layer(0, 3);
  CHECK(layer.weight.shape() == Shape{3, 0});
  CHECK(values(layer.bias) == Values{0, 0, 0});
  layer.bias.set_value(array<float>({1, 2, 3}));
  const Tensor y = layer(Tensor(Array::zeros({2, 0})));
  CHECK(values(y) == Values{1, 2, 3, 1, 2, 3});
  sum(y).backward();
  CHECK(values(layer.bias.grad()) == Values{2, 2, 2});
}

TEST_CASE("LayerNorm standardises each vector, then scales and shifts") {
  nn::LayerNorm layer(2, /*epsilon=*/3);
  layer.to(DType::float64);
  CHECK(values(layer(Tensor(array({1, 3, 10, 12}, {2, 2})))) == Values{-0.5, 0.5, -0.5, 0.5});
  layer.weight.set_value(array({2, 4}));
  layer.bias.set_value(array({1, 10}));
  CHECK(values(layer(Tensor(array({1, 3}, {1, 2})))) == Values{0, 12});
  check_gradients(layer, test::random_leaf({3, 2, 2}));
  CHECK_THROWS_WITH(layer(Tensor(random_array({2, 1}))),
                    "layer_norm: made for 2 features, got (2, 1)");
  CHECK_THROWS_AS(layer(Tensor(random_array({}))), Error);
}

TEST_CASE("LayerNorm of float32 is exact far from zero") {
  constexpr Index features = 4096;
  Random random(1, Purpose::augment);
  const Array x({1, features}, DType::float32);
  for (Index i = 0; i < features; ++i)
    x.data<float>()[i] = static_cast<float>(10'000 + random.normal());
  nn::LayerNorm single(features), twice(features);
  twice.to(DType::float64);
  const Array found = single(Tensor(x)).value();
  const Array exact = twice(Tensor(x.to(DType::float64))).value();
  CHECK(test::distance(found.to(DType::float64), exact) < 0.001);
}

TEST_CASE("Embedding is a table that starts as standard normal") {
  nn::Embedding table(1000, 8);
  const Tensor found = table(test::indices({5, 999, 5}));
  CHECK(found.shape() == Shape{3, 8});
  CHECK(test::distance(found.value().rows(0, 1), table.weight.value().rows(5, 6)) == 0);
  double squares = 0;
  for (const double value : values(table.weight)) squares += value * value;
  CHECK(squares / 8000 == Approx(1).margin(0.08));
  CHECK_THROWS_AS(table(test::indices({1000})), Error);

  nn::Embedding small(4, 2);
  small.to(DType::float64);
  const Array ids = test::indices({1, 3, 1, 0}, {2, 2});
  CHECK(gradcheck([&] { return small(ids); }, small.parameters()).passed());
}

TEST_CASE("Dropout drops while training only") {
  nn::Dropout layer(0.5);
  const Tensor x(Array::full({1000}, 1));
  const Values dropped = values(layer(x));
  CHECK(std::count(dropped.begin(), dropped.end(), 0.0) == Approx(500).margin(80));
  layer.eval();
  CHECK(values(layer(x)) == values(x));
  nn::Dropout never(0);
  CHECK(values(never(x)) == values(x));
  CHECK_THROWS_WITH(nn::Dropout(1), "dropout: needs a probability in [0, 1), got 1");
  CHECK_THROWS_AS(nn::Dropout(-0.5), Error);
}

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

TEST_CASE("layers refuse undefined tensors and other element types in their own names") {
  const auto check = [](const std::string& name, auto layer) {
    const std::string starts = name + ": ";
    CHECK_THROWS_WITH((*layer)(Tensor()),
                      Catch::Matchers::StartsWith(starts + "expected a defined "));
    layer->eval();
    CHECK_THROWS_WITH((*layer)(Tensor()),
                      Catch::Matchers::StartsWith(starts + "expected a defined "));
    if (name != "dropout")
      CHECK_THROWS_WITH((*layer)(Tensor(random_array({2, 2}))),
                        Catch::Matchers::StartsWith(starts + "element types "));
  };
  check("linear", std::make_unique<nn::Linear>(2, 2));
  check("layer_norm", std::make_unique<nn::LayerNorm>(2));
  check("batch_norm", std::make_unique<nn::BatchNorm1d>(2));
  check("dropout", std::make_unique<nn::Dropout>(0.5));
  check("lstm", std::make_unique<nn::LSTM>(nn::LSTM::Options{.input_size = 2, .hidden_size = 2}));
  check("gru_cell",
        std::make_unique<nn::GRUCell>(nn::GRUCell::Options{.input_size = 2, .hidden_size = 2}));
}
