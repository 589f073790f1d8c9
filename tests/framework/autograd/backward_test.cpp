#include "scanline/framework/autograd/backward.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::leaf;
using test::values;
using Values = std::vector<double>;

TEST_CASE("a tensor that is used twice receives the sum") {
  const Tensor x = leaf(array({3, 5}));
  sum(x + x).backward();
  CHECK(values(x.grad()) == Values{2, 2});
  x.zero_grad();
  sum(x * x * x).backward();
  CHECK(values(x.grad()) == Values{27, 75});
}

TEST_CASE("a gradient that is passed on belongs to nobody else") {
  const Tensor x = leaf(array({3, 5}));
  const Tensor y = reshape(x, {2, 1});
  sum(reshape(y, {2}) * 2 + reshape(y, {1, 2}) + x).backward();
  CHECK(values(x.grad()) == Values{4, 4});
}

TEST_CASE("passes over several graphs add up until zero_grad") {
  const Tensor x = leaf(array({3, 5}));
  CHECK_FALSE(x.grad().defined());
  const Tensor first = sum(x * x), second = sum(x * 10.0);
  second.backward();
  CHECK(values(x.grad()) == Values{10, 10});
  first.backward();
  CHECK(values(x.grad()) == Values{16, 20});
  x.zero_grad();
  CHECK(values(x.grad()) == Values{0, 0});
}

TEST_CASE("in a diamond each op runs backward once, with its whole gradient") {
  int runs = 0;
  const Tensor x = leaf(array({3}));
  const Tensor top = make_op("counted", {x}, x.value(), [&](const Array& grad, InputGrads& inputs) {
    ++runs;
    inputs.add(0, {grad}, [](auto g) { return g; });
  });
  const Tensor left = top * top, right = top * 2.0;
  sum(left * right + top).backward();  // 2 x^3 + x
  CHECK(runs == 1);
  CHECK(values(x.grad()) == Values{6 * 9 + 1});

  // With 2^60 paths from end to end.
  const Tensor y = leaf(array({1}));
  Tensor doubled = y;
  for (int i = 0; i < 60; ++i) doubled = doubled + doubled;
  doubled.backward();
  CHECK(values(y.grad()) == Values{0x1p60});
}

TEST_CASE("only what requires a gradient gets one, and work on the rest can be skipped") {
  const Tensor x = leaf(array({3})), constant(array({4}));
  std::vector<bool> needed;
  const auto product = [](auto u, auto v) { return u * v; };
  const Array xs = x.value(), cs = constant.value();
  const Tensor y = make_op("product", {x, constant}, map("product", {xs, cs}, product),
                           [&](const Array& grad, InputGrads& inputs) {
                             needed = {inputs.needed(0), inputs.needed(1)};
                             inputs.add(0, {grad, cs}, product);
                             inputs.add(1, {grad, xs}, product);
                           });
  y.backward();
  CHECK(needed == std::vector<bool>{true, false});
  CHECK(values(x.grad()) == Values{4});
  CHECK_FALSE(constant.grad().defined());
  CHECK_FALSE((constant * constant).requires_grad());
}

TEST_CASE("branches that the root does not depend on are left alone") {
  const Tensor x = leaf(array({1, 2, 3, 4}));
  const std::vector<Tensor> halves = split(x, 2, 0);
  const Tensor unused = sum(halves[1] * halves[1]);
  sum(halves[0] * 3.0).backward();
  CHECK(values(x.grad()) == Values{3, 3, 0, 0});
  unused.backward();
  CHECK(values(x.grad()) == Values{3, 3, 6, 8});
}

TEST_CASE("backward can begin at a leaf, and with any gradient") {
  const Tensor x = leaf(array({2}));
  x.backward();
  CHECK(values(x.grad()) == Values{1});
  const Tensor y = leaf(array({1, 2, 3}));
  backward(y * y, array({1, 10, 100}));
  CHECK(values(y.grad()) == Values{2, 40, 600});
  const Tensor single = leaf(array({2}, {1, 1}));
  (single * single).backward();
  CHECK(values(single.grad()) == Values{4});
}

TEST_CASE("results let their gradients go") {
  const Tensor x = leaf(array({2})), y = x * 3.0;
  (y * y).backward();
  CHECK_FALSE(y.grad().defined());
  CHECK(values(x.grad()) == Values{36});
}

TEST_CASE("backward says what is wrong, and then changes no gradient") {
  const Tensor x = leaf(array({2, 3}));
  CHECK_THROWS_WITH(x.backward(),
                    "backward: needs a scalar, got shape (2,): sum() or mean() it first");
  CHECK_THROWS_WITH(sum(x.detach()).backward(),
                    "backward: the tensor does not depend on one that requires a gradient");
  CHECK_THROWS_WITH(backward(x * 2.0, array({1})),
                    "backward: a gradient of shape (1,) for a tensor of shape (2,)");
  CHECK_THROWS_AS(backward(x * 2.0, Array::zeros({2}, DType::float32)), Error);

  const Tensor shared = x * x, first = sum(shared), second = sum(shared * 2.0);
  first.backward();
  const Values before = values(x.grad());
  CHECK_THROWS_WITH(first.backward(),
                    "backward: the graph at 'sum' was freed by an earlier backward(): run forward "
                    "again, or keep it with "
                    "retain_graph");
  CHECK_THROWS_WITH(second.backward(),
                    "backward: the graph at 'multiply' was freed by an earlier backward(): run "
                    "forward again, or keep it with "
                    "retain_graph");
  CHECK(values(x.grad()) == before);
}

TEST_CASE("a graph that is retained can be passed through again") {
  const Tensor x = leaf(array({2, 3}));
  const Tensor y = sum(x * x * 2.0);
  backward(y, {.retain_graph = true});
  CHECK(values(x.grad()) == Values{8, 12});
  CHECK_FALSE(is_graph_retained());
  backward(y, array({10}, {}), {.retain_graph = true});
  CHECK(values(x.grad()) == Values{88, 132});
  y.backward();
  CHECK(values(x.grad()) == Values{96, 144});
  CHECK_THROWS_AS(y.backward(), Error);
}

TEST_CASE("passes on several threads add all of their gradients to the leaves they share") {
  constexpr int threads = 4, passes = 10;
  const Tensor x = leaf(array({1})), y = leaf(array({1}));
  // Adds 1 to each gradient, and takes its time between reading and writing.
  const auto add_slowly = [](const Array&, InputGrads& inputs) {
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      double* const grad = inputs[i].data<double>();
      const double before = *grad;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      *grad = before + 1;
    }
  };
  std::vector<std::thread> callers;
  for (int thread = 0; thread < threads; ++thread)
    callers.emplace_back([&, thread] {
      const auto inputs = thread % 2 == 0 ? std::vector{x, y} : std::vector{y, x};
      for (int pass = 0; pass < passes; ++pass)
        make_op("add_slowly", inputs, array({1}), add_slowly).backward();
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(values(x.grad()) == Values{threads * passes});
  CHECK(values(y.grad()) == Values{threads * passes});
}

TEST_CASE("a backward function may start another pass to the same leaf") {
  const Tensor x = leaf(array({3}));
  const Tensor y = make_op("again", {x}, array({9}), [x](const Array& grad, InputGrads& inputs) {
    inputs.add(0, {grad}, [](auto g) { return g; });
    sum(x * x).backward();
  });
  sum(y).backward();
  CHECK(values(x.grad()) == Values{1 + 6});
}

TEST_CASE("a backward pass tells when the gradient of a leaf is complete") {
  const Tensor first = leaf(array({2})), second = leaf(array({3})), other = leaf(array({4}));
  const Tensor product = first * second;  // whose gradient comes last
  const Tensor loss = sum(product * second + product);
  std::vector<const Node*> complete;
  const auto note = [&](const Node& node) {
    complete.push_back(&node);
    if (&node == second.node().get()) CHECK(second.grad().item() == 2 * 2 * 3 + 2);
  };
  backward(loss, {.is_complete = note});
  CHECK(complete.size() == 2);
  CHECK(std::count(complete.begin(), complete.end(), first.node().get()) == 1);
  CHECK(std::count(complete.begin(), complete.end(), second.node().get()) == 1);
  CHECK_FALSE(other.grad().defined());

  // A layer that is used first is complete last.
  complete.clear();
  const auto push = [&](const Node& node) { complete.push_back(&node); };
  backward(sum(first * first * second), {.is_complete = push});
  CHECK(complete == std::vector<const Node*>{second.node().get(), first.node().get()});
}
