#include "scanline/framework/autograd/saved.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/named_arrays.hpp"
#include "scanline/framework/nn/batch_norm.hpp"
#include "scanline/framework/nn/gru.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/matmul.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "scanline/framework/optim/ema.hpp"
#include "scanline/framework/optim/sgd.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::leaf;
using test::values;
using Values = std::vector<double>;

TEST_CASE("what was saved can be read until it is changed") {
  const Array a = array({1, 2});
  const Saved saved = a;
  CHECK(saved.get().raw() == a.raw());
  a.data<double>()[0] = 3;  // nobody can notice this
  CHECK(values(saved.get()) == Values{3, 2});
  a.mark_changed();
  CHECK_THROWS_AS(saved.get(), Error);
  CHECK_NOTHROW(Saved(a).get());
  CHECK_THROWS_AS(Saved().get(), Error);
  CHECK_THROWS_AS(Saved(Array()), Error);
}

TEST_CASE("a step between forward and backward is an error that names the op and the versions") {
  const Tensor a = leaf(Array::full({1}, 2)), b = leaf(Array::full({1}, 3));
  optim::Sgd sgd({a, b}, 0.1, {});
  const Tensor first = sum(a * b), second = sum(a * b * 5.0);
  first.backward();
  sgd.step();
  sgd.zero_grad();
  CHECK_THROWS_WITH(second.backward(),
                    "backward of 'multiply': expected version 1 of a float32 array of shape (1,) "
                    "that was saved by the forward pass, found version 2: it has been changed in "
                    "place since");
  // A new forward pass is all that it takes.
  sgd.zero_grad();
  sum(a * b * 5.0).backward();
  CHECK(a.grad().item() == Approx(5 * b.item()));
}

TEST_CASE("every way to change a saved array in place is noticed") {
  const Tensor w = leaf(array({1, 2, 3, 4}, {2, 2}));
  optim::Ema ema({w}, 0.5);
  const std::vector<std::pair<std::string, std::function<void()>>> changes{
      {"fill", [&] { w.value().fill(1); }},
      {"assign",
       [&] {
         w.value().assign(Array::zeros({2, 2}));
       }},
      {"fill of some rows", [&] { w.value().rows(1, 2).fill(1); }},
      {"fill in another shape", [&] { w.value().reshape({4}).fill(1); }},
      {"fill through a handle", [&] { w.detach().value().fill(1); }},
      {"add_to", [&] { add_to(w.value(), array({1})); }},
      {"accumulate", [&] { accumulate("test", w.value(), {w.value()}, [](auto v) { return v; }); }},
      {"swapped averages", [&] { ema.swap(); }},
      {"copy_by_name",
       [&] {
         copy_by_name("test", {{"w", Array::zeros({2, 2})}}, {{"w", w.value()}});
       }},
      {"mark_changed", [&] { w.value().mark_changed(); }},
  };
  for (const auto& [name, change] : changes) {
    INFO(name);
    const Tensor loss = sum(w * w);
    change();
    CHECK_THROWS_WITH(loss.backward(),
                      Catch::Matchers::StartsWith("backward of 'multiply': expected "));
  }
}

TEST_CASE("what an op did not save, or does not need, may change") {
  const Tensor a = leaf(array({2})), b = leaf(array({3})), constant(array({5}));
  const Tensor sums = sum(a + b), products = sum(a * constant), scaled = sum(a * 7.0);
  a.value().fill(100);
  b.value().fill(100);
  sums.backward();
  products.backward();  // a would be needed for the gradient of the constant only
  scaled.backward();
  CHECK(values(a.grad()) == Values{1 + 5 + 7});
  CHECK(values(b.grad()) == Values{1});

  const Tensor x = leaf(array({1, 2}, {1, 2})), w = leaf(array({3, 4}, {1, 2})),
               bias = leaf(array({5}));
  const Tensor y = linear(x, w, bias);
  bias.value().fill(100);
  y.backward();
  CHECK(values(x.grad()) == Values{3, 4});
}

TEST_CASE("a value that is replaced stays what it was for graphs that were recorded before") {
  const Tensor a = leaf(array({2}));
  const Tensor loss = sum(a * a);
  a.set_value(array({100}));
  loss.backward();
  CHECK(values(a.grad()) == Values{4});
}

TEST_CASE("a gradient that an op saved is noticed when a later pass adds to it") {
  const Tensor x = leaf(array({3})), y = leaf(array({2}));
  sum(x * x).backward();
  const Tensor penalty = sum(y * Tensor(x.grad()));
  sum(x * x).backward();
  CHECK_THROWS_AS(penalty.backward(), Error);
}

TEST_CASE("recurrent layers notice changed weights, and keep copies of what they read") {
  const auto check = [](auto layer) {
    const Tensor x = leaf(test::random_array({3, 2, 4}, 1, -1, 1, DType::float32));
    const auto loss = [&] { return sum((*layer)(x).output); };
    loss().backward();
    const Values expected = values(x.grad());
    x.zero_grad();
    const Tensor before_step = loss();
    x.value().fill(0);
    before_step.backward();
    CHECK(values(x.grad()) == expected);

    const Tensor after_step = loss();
    optim::Sgd(layer->parameters(), 0.1, {}).step();
    CHECK_THROWS_WITH(after_step.backward(),
                      Catch::Matchers::StartsWith("backward of 'recurrent_layer': expected "));
  };
  check(std::make_unique<nn::LSTM>(nn::LSTM::Options{.input_size = 4, .hidden_size = 3}));
  check(std::make_unique<nn::GRU>(nn::GRU::Options{.input_size = 4, .hidden_size = 3}));
}

TEST_CASE("running statistics that move are changed in place") {
  nn::BatchNorm1d layer(2);
  const Tensor scale = leaf(Array::full({2}, 1));
  const Tensor saves_mean = sum(scale * layer.running_mean);
  layer(Tensor(test::random_array({3, 2}, 0, -1, 1, DType::float32)));
  CHECK_THROWS_AS(saves_mean.backward(), Error);
}
