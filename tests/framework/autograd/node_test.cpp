#include "scanline/framework/autograd/node.hpp"

#include <memory>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/storage.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/matmul.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::leaf;

namespace {

constexpr int many = 1'000'000;

/// The identity, whose backward function saves `token`.
Tensor holding(const Tensor& x, std::shared_ptr<int> token) {
  return make_op("holding", {x}, x.value(), [token](const Array& grad, InputGrads& inputs) {
    inputs.add(0, {grad}, [](auto g) { return g; });
  });
}

}  // namespace

TEST_CASE("a chain of a million ops runs backward and is taken apart without recursion") {
  const Tensor x = leaf(array({1}));
  {
    Tensor y = x;
    for (int i = 0; i < many; ++i) y = y + 1.0;
    CHECK(y.item() == many + 1);
    y.backward();
    CHECK(x.grad().item() == 1);
  }
  {
    Tensor y = x;
    for (int i = 0; i < many; ++i) y = y + 1.0;
    // No backward: the destructor meets the whole chain.
  }
  CHECK(x.grad().item() == 1);
}

TEST_CASE("a chain in which every op has several inputs is taken apart without recursion") {
  const Tensor x = leaf(array({1}));
  Tensor y = x, before = x;
  for (int i = 0; i < many / 4; ++i) {
    const Tensor next = y - before;
    before = y;
    y = next;
  }
  CHECK(x.node().use_count() > 1);
  y = before = x;
  CHECK(x.node().use_count() == 1);
}

TEST_CASE("a chain of biases is taken apart without recursion") {
  const Tensor x = leaf(array({1}, {1, 1})), weight = leaf(array({1}, {1, 1}));
  Tensor bias = leaf(array({1}));
  for (int i = 0; i < many / 4; ++i) {
    const Tensor row = linear(x, weight, bias);
    bias = make_op("as_bias", {row}, row.value().reshape({1}), [](const Array&, InputGrads&) {});
  }
  CHECK(bias.item() == many / 4 + 1);
}

TEST_CASE("a graph lives as long as its loss") {
  const Tensor x = leaf(array({1, 2}));
  std::weak_ptr<Node> middle;
  {
    const Tensor loss = [&] {
      const Tensor y = x * x;
      middle = y.node();
      return sum(exp(y) / y);
    }();
    CHECK_FALSE(middle.expired());
  }
  CHECK(middle.expired());
  CHECK(x.node().use_count() == 1);
}

TEST_CASE("backward lets go of the graph and of what it saved, though the loss lives on") {
  const Tensor x = leaf(array({1, 2}));
  auto token = std::make_shared<int>();
  const std::weak_ptr<int> saved = token;
  const Tensor y = holding(x, std::move(token)), loss = sum(y * y);
  CHECK_FALSE(saved.expired());
  loss.backward();
  CHECK(saved.expired());
  CHECK(x.node().use_count() == 1);
}

TEST_CASE("a graph that nobody ran backward lets go as well") {
  const Tensor x = leaf(array({1, 2}));
  std::weak_ptr<int> saved;
  {
    auto token = std::make_shared<int>();
    saved = token;
    const Tensor loss = sum(holding(x, std::move(token)) * 2.0);
    CHECK_FALSE(saved.expired());
  }
  CHECK(saved.expired());
}

TEST_CASE("two forwards followed by both backwards do not share what they saved") {
  const Tensor x = leaf(array({1, 2}));
  const Tensor first = sum(exp(x)), second = sum(exp(x * 2.0));
  first.backward();
  const Array once = x.grad().copy();
  second.backward();
  for (const Index i : {0, 1}) {
    const double v = x.value().at(i);
    CHECK(once.at(i) == Approx(std::exp(v)).epsilon(1e-12));
    CHECK(x.grad().at(i) == Approx(std::exp(v) + 2 * std::exp(2 * v)).epsilon(1e-12));
  }
}

#ifndef __SANITIZE_ADDRESS__  // under which the pool recycles nothing

TEST_CASE("values that no gradient needs are let go while the graph grows") {
  const Tensor x = leaf(Array::zeros({100'000}));
  const Index before = system_allocation_count();
  Tensor y = x;
  for (int i = 0; i < 100; ++i) y = y + 1.0;
  CHECK(system_allocation_count() - before <= 2);
}

TEST_CASE("once warm, a training step asks the system for no storage") {
  const Tensor x(test::random_array({20, 30})), weight = test::random_leaf({10, 30});
  const auto step = [&] {
    weight.zero_grad();
    const Tensor y = matmul(x, weight, {.b = true});
    mean(exp(y * 0.1) * y).backward();
  };
  step();
  const Index before = system_allocation_count();
  for (int i = 0; i < 3; ++i) step();
  CHECK(system_allocation_count() == before);
}

#endif
