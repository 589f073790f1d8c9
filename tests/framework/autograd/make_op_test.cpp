#include "scanline/framework/autograd/make_op.hpp"

#include <vector>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::leaf;
using test::values;
using Values = std::vector<double>;

namespace {

const auto product = [](auto u, auto v) { return u * v; };

/// The op in the comment of make_op.hpp.
Tensor dot(const Tensor& a, const Tensor& b) {
  const Saved as = a.value(), bs = b.value();
  const Array sum = Array::zeros({}, a.dtype());
  accumulate("dot", sum, {as, bs}, product);
  return make_op("dot", {a, b}, sum, [=](const Array& grad, InputGrads& inputs) {
    inputs.add(0, {grad, bs}, product);
    inputs.add(1, {grad, as}, product);
  });
}

/// Three results: 2 x, 3 x, and the first element of x. `runs` counts the backward passes.
std::vector<Tensor> multiples(const Tensor& x, int* runs = nullptr) {
  const auto times = [](double factor) {
    return [factor](auto v) { return static_cast<decltype(v)>(factor) * v; };
  };
  const Array xs = x.value();
  return make_op(
      "multiples", {x},
      {map("multiples", {xs}, times(2)), map("multiples", {xs}, times(3)), xs.rows(0, 1).copy()},
      [times, runs](const std::vector<Array>& grads, InputGrads& inputs) {
        if (runs != nullptr) ++*runs;
        if (grads[0].defined()) inputs.add(0, {grads[0]}, times(2));
        if (grads[1].defined()) inputs.add(0, {grads[1]}, times(3));
        if (grads[2].defined()) add_to(inputs[0].rows(0, 1), grads[2]);
      });
}

}  // namespace

TEST_CASE("the op in the documentation of make_op has the right gradient") {
  const Tensor a = test::random_leaf({5}, 1), b = test::random_leaf({5}, 2);
  CHECK(gradcheck([&] { return dot(a, b); }, {a, b}).passed());
  CHECK(gradcheck([&] { return dot(a, a); }, {a}).passed());
}

TEST_CASE("an op with several results runs backward once, with all gradients that arrived") {
  const Tensor x = leaf(array({1, 2}));
  int runs = 0;
  const std::vector<Tensor> y = multiples(x, &runs);
  REQUIRE(y.size() == 3);
  CHECK(values(y[1]) == Values{3, 6});
  (sum(y[0] * y[1]) + sum(y[1]) + sum(y[2] * 10.0)).backward();  // 6 x^2 + 3 x, and 10 x_0
  CHECK(runs == 1);
  CHECK(values(x.grad()) == Values{12 + 3 + 10, 24 + 3});
}

TEST_CASE("results that nobody uses have undefined gradients") {
  const Tensor x = leaf(array({1, 2}));
  for (std::size_t only = 0; only < 3; ++only) {
    x.zero_grad();
    sum(multiples(x)[only]).backward();
    const std::vector<Values> expected{{2, 2}, {3, 3}, {1, 0}};
    CHECK(values(x.grad()) == expected[only]);
  }
  CHECK(gradcheck([&] { return multiples(x)[2]; }, {x}).passed());
}

TEST_CASE("backward can begin at any result, of any shape") {
  const Tensor x = leaf(array({1, 2}));
  backward(multiples(x)[1], array({1, 10}));
  CHECK(values(x.grad()) == Values{3, 30});
  multiples(x)[2].backward();
  CHECK(values(x.grad()) == Values{4, 30});
}

TEST_CASE("the results of one op share its place in the graph, and its end") {
  const Tensor x = leaf(array({1, 2}));
  const std::vector<Tensor> y = multiples(x);
  CHECK(y[0].node() == y[2].node());
  sum(y[0]).backward();
  CHECK_THROWS_WITH(sum(y[1]).backward(),
                    "backward: the graph at 'multiples' was freed by an earlier backward(): run "
                    "forward again, or keep it with "
                    "retain_graph");
  CHECK_FALSE(multiples(x.detach())[1].requires_grad());
}

TEST_CASE("a result of several is fed back to the same op") {
  const Tensor x = leaf(array({1}));
  Tensor y = x;
  for (int i = 0; i < 3; ++i) {
    const std::vector<Tensor> parts = multiples(y);
    y = parts[0] + parts[1] * parts[2];  // 2 y + 3 y^2
  }
  CHECK(y.item() == 2 * 85 + 3 * 85 * 85);
  y.backward();
  CHECK(x.grad().item() == 8.0 * 32 * 512);
  CHECK(gradcheck([&] { return multiples(multiples(x)[0])[1] * multiples(x)[2]; }, {x}).passed());
}
