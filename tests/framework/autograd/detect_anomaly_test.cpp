#include "scanline/framework/autograd/detect_anomaly.hpp"

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/sequential.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::leaf;

TEST_CASE("detect_anomaly names the op and the layer of the first result that is not finite") {
  nn::Sequential network;
  network.add([](const Tensor& x) { return x - 1.0; });
  network.add([](const Tensor& x) { return exp(log(x)); });
  const Tensor fine(array({2, 3})), zero(array({2, 1}));
  CHECK(network(zero).value().at(1) == 0);
  const DetectAnomaly detect_anomaly;
  CHECK_NOTHROW(network(fine));
  CHECK_THROWS_WITH(network(zero),
                    "1: detect_anomaly: 'log' in layer '1' returned -inf at element 1 of (2,)");
  const Tensor infinite(array({INFINITY, 1}));
  CHECK_THROWS_WITH(fine + infinite,
                    "detect_anomaly: 'add' was given inf at element 0 of (2,) as input 1");
}

TEST_CASE("detect_anomaly names the op and the layer of the first gradient that is not finite") {
  nn::Sequential network;
  network.add([](const Tensor& x) { return sqrt(x); });
  network.add([](const Tensor& x) { return x * 2.0; });
  const Tensor x = leaf(array({4, 0}));
  CHECK_NOTHROW(sum(network(x)).backward());
  x.zero_grad();
  const DetectAnomaly detect_anomaly;
  const Tensor y = sum(network(x));
  CHECK_THROWS_WITH(y.backward(),
                    "backward of 'sqrt': detect_anomaly: the gradient of input 0 of 'sqrt' in "
                    "layer '0' is inf at element 1 of (2,)");
}
