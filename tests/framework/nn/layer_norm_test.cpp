#include "scanline/framework/nn/layer_norm.hpp"

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/nn/layer_gradients.hpp"

using namespace scanline;
using test::array;
using test::check_gradients;
using test::random_array;
using test::values;
using Values = std::vector<double>;

TEST_CASE("LayerNorm standardises each vector, then scales and shifts") {
  nn::LayerNorm layer(2, /*epsilon=*/3);
  layer.to(DType::float64);
  CHECK(values(layer(Tensor(array({1, 3, 10, 12}, {2, 2})))) == Values{-0.5, 0.5, -0.5, 0.5});
  layer.weight.set_value(array({2, 4}));
  layer.bias.set_value(array({1, 10}));
  CHECK(values(layer(Tensor(array({1, 3}, {1, 2})))) == Values{0, 12});
  check_gradients(layer, test::random_leaf({3, 2, 2}));
  CHECK_THROWS_WITH(layer(Tensor(random_array({2, 1}))),
                    "layer_norm: needs 2 features, got (2, 1)");
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
