#include "scanline/models/transformer.hpp"

#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;

TEST_CASE("a transformer has the parameters of PyTorch's encoder layers") {
  models::Transformer transformer({.rows = 7, .columns = 5, .classes = 3},
                                  {.hidden_size = 64, .layers = 2});
  const NamedArrays values = transformer.state_dict();
  CHECK(values.at("embedding.weight").shape() == Shape{64, 5});
  CHECK(values.at("positions").shape() == Shape{7, 1, 64});
  CHECK(values.at("layers0.self_attn.in_proj_weight").shape() == Shape{192, 64});
  CHECK(values.at("layers1.linear1.weight").shape() == Shape{256, 64});
  CHECK(values.at("layers1.norm2.bias").shape() == Shape{64});
  CHECK(values.at("fc.weight").shape() == Shape{3, 64});
}

TEST_CASE("a transformer knows the order of the rows") {
  models::Transformer transformer({.rows = 3, .columns = 2, .classes = 2},
                                  {.hidden_size = 4, .layers = 1});
  transformer.eval();
  const auto logits = [&](const std::vector<double>& pixels) {
    return transformer(Tensor(test::array(pixels, {1, 3, 2}).to(DType::float32))).value();
  };
  CHECK(test::distance(logits({1, 2, 3, 4, 5, 6}), logits({5, 6, 3, 4, 1, 2})) > 1e-6);
}
