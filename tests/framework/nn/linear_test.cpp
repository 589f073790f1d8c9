#include "scanline/framework/nn/linear.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/nn/layer_gradients.hpp"

using namespace scanline;
using test::array;
using test::check_gradients;
using test::random_array;
using test::values;
using Values = std::vector<double>;

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

TEST_CASE("a parameter cannot be replaced by another tensor, only its value") {
  nn::Linear layer(2, 1);
  STATIC_REQUIRE_FALSE(std::is_assignable_v<decltype((layer.weight)), Tensor>);
  layer.weight.set_value(array<float>({3, 4}, {1, 2}));
  CHECK(values(layer.state_dict().at("weight")) == Values{3, 4});
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
