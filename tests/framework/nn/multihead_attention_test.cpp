#include "scanline/framework/nn/multihead_attention.hpp"

#include <cmath>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::random_array;
using Options = nn::MultiheadAttention::Options;

namespace {

struct Wide : nn::MultiheadAttention {
  explicit Wide(const Options& options) : MultiheadAttention(options) { to(DType::float64); }
};

}  // namespace

TEST_CASE("attention has PyTorch's parameters") {
  const nn::MultiheadAttention attention({.embed_dim = 6, .num_heads = 2});
  std::vector<std::string> names;
  for (const nn::NamedTensor& own : attention.named_parameters())
    names.push_back(own.name + " " + to_string(own.tensor.shape()));
  CHECK(names == std::vector<std::string>{"in_proj_weight (18, 6)", "in_proj_bias (18,)",
                                          "out_proj.weight (6, 6)", "out_proj.bias (6,)"});
  for (const double value : test::values(attention.out_proj.bias)) CHECK(value == 0);
  CHECK(
      nn::MultiheadAttention({.embed_dim = 6, .num_heads = 2, .bias = false}).parameters().size() ==
      2);
}

TEST_CASE("gradients of attention, in any sizes") {
  struct Case {
    Index features, heads, queries, keys, batch;
  };
  for (const auto& [features, heads, queries, keys, batch] :
       {Case{1, 1, 1, 1, 1}, Case{4, 2, 3, 2, 2}, Case{6, 3, 1, 4, 1}, Case{5, 1, 2, 3, 3}}) {
    Wide attention({.embed_dim = features, .num_heads = heads});
    const Tensor query = test::random_leaf({queries, batch, features}, 1),
                 key = test::random_leaf({keys, batch, features}, 2),
                 value = test::random_leaf({keys, batch, features}, 3);
    std::vector<Tensor> leaves = attention.parameters();
    leaves.insert(leaves.end(), {query, key, value});
    const GradcheckResult result =
        gradcheck([&] { return attention(query, key, value).output; }, leaves);
    INFO(features << " features, " << heads << " heads: " << result.failure);
    CHECK(result.passed());
  }
}

TEST_CASE("attention of one sequence to itself works as that of several sequences") {
  Wide attention({.embed_dim = 4, .num_heads = 2});
  const Tensor x(random_array({3, 2, 4}));
  const auto [output, weights] = attention(x, x, x);
  CHECK(weights.shape() == Shape{2, 2, 3, 3});
  for (const double total : test::values(sum(weights, {3}))) CHECK(total == Approx(1));
  const Tensor second = slice(x, 1, 1, 2);
  CHECK(test::distance(attention(second, second, second).output.value(),
                       slice(output, 1, 1, 2).value()) < 1e-12);
}

TEST_CASE("keys that are hidden do not matter, and get no gradient") {
  Wide attention({.embed_dim = 4, .num_heads = 2});
  const Tensor query(random_array({2, 2, 4}, 1));
  const Tensor key = test::random_leaf({3, 2, 4}, 2);
  const Tensor y = attention(query, key, key, {.key_lengths = {3, 1}}).output;
  const Tensor first = slice(slice(key, 0, 0, 1), 1, 1, 2);
  CHECK(test::distance(attention(slice(query, 1, 1, 2), first, first).output.value(),
                       slice(y, 1, 1, 2).value()) < 1e-12);
  sum(y).backward();
  for (const Index hidden : {1, 2})
    for (const double value : test::values(select(Tensor(key.grad()), 0, hidden)[1]))
      CHECK(value == 0);
  // The same with a mask, for all sequences.
  const Array mask = test::indices({0, 1, 1, 0, 1, 1}, {2, 3});
  CHECK(test::distance(select(attention(query, key, key, {.attn_mask = mask}).output, 1, 1).value(),
                       select(y, 1, 1).value()) < 1e-12);
}

TEST_CASE("attention drops weights only while training") {
  Wide attention({.embed_dim = 4, .num_heads = 2, .dropout = 0.5});
  const Tensor x(random_array({5, 3, 4}));
  const Array trained = attention(x, x, x).output.value();
  attention.eval();
  const Array evaluated = attention(x, x, x).output.value();
  CHECK(test::distance(trained, evaluated) > 1e-3);
  CHECK(test::distance(evaluated, attention(x, x, x).output.value()) == 0);
}

TEST_CASE("attention refuses what does not fit") {
  CHECK_THROWS_WITH(nn::MultiheadAttention({.embed_dim = 6, .num_heads = 4}),
                    "multihead_attention: needs features in equal parts for the heads, got 6 "
                    "features and 4 heads");
  CHECK_THROWS_AS(nn::MultiheadAttention({.embed_dim = 0, .num_heads = 1}), Error);
  CHECK_THROWS_AS(nn::MultiheadAttention({.embed_dim = 2, .num_heads = 0}), Error);
  CHECK_THROWS_WITH(nn::MultiheadAttention({.embed_dim = 2, .num_heads = 1, .dropout = 1}),
                    "multihead_attention: needs a dropout in [0, 1), got 1");
  Wide attention({.embed_dim = 2, .num_heads = 1});
  const auto of = [](const Shape& shape) { return Tensor(random_array(shape)); };
  const Tensor query = of({3, 2, 2}), key = of({4, 2, 2});
  CHECK_THROWS_WITH(attention(query, key, of({5, 2, 2})),
                    "multihead_attention: needs queries (L, B, E) of 2 features and as many keys "
                    "as values, got (3, 2, 2), (4, 2, 2) and (5, 2, 2)");
  CHECK_THROWS_AS(attention(of({3, 2}), key, key), Error);
  CHECK_THROWS_AS(attention(of({3, 1, 2}), key, key), Error);
  CHECK_THROWS_AS(attention(query, of({4, 2, 3}), of({4, 2, 3})), Error);
  CHECK_THROWS_AS(attention(Tensor(), key, key), Error);
  CHECK_THROWS_WITH(attention(query, key, key, {.attn_mask = test::indices({1}, {1, 1})}),
                    "multihead_attention: needs a mask (3, 4), got (1, 1)");
  CHECK_THROWS_AS(attention(query, key, key, {.key_lengths = {5, 1}}), Error);
}
