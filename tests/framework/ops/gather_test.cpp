#include "scanline/framework/ops/gather.hpp"

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::indices;
using test::leaf;
using test::values;
using Values = std::vector<double>;

TEST_CASE("gather picks along an axis") {
  const Tensor x(array({1, 2, 3, 4, 5, 6}, {2, 3}));
  CHECK(values(gather(x, indices({2, 0}, {2, 1}), 1)) == Values{3, 4});
  CHECK(values(gather(x, indices({1, 0, 1}, {1, 3}), 0)) == Values{4, 2, 6});
  CHECK_THROWS_WITH(gather(x, indices({3, 0}, {2, 1}), 1), "gather: index 3 is not within [0, 3)");
  CHECK_THROWS_WITH(gather(x, indices({-1, 0}, {2, 1}), 1),
                    "gather: index -1 is not within [0, 3)");
  CHECK_THROWS_WITH(gather(x, indices({0}, {1, 1}), 1),
                    "gather: indices (1, 1) do not fit (2, 3) along axis 1");
  CHECK_THROWS_AS(gather(x, indices({0, 0}), 1), Error);
  CHECK_THROWS_AS(gather(x, Array::zeros({2, 1}), 1), Error);
  CHECK_THROWS_WITH(gather(x, indices({0, 0}, {2, 1}), 2),
                    "gather: axis 2 does not exist in an array of 2 axes");
}

TEST_CASE("embedding looks up rows, and a row's gradient is the sum of its uses") {
  const Tensor table = leaf(array({0, 1, 10, 11, 20, 21}, {3, 2}));
  const Tensor found = embedding(table, indices({2, 0, 2}));
  CHECK(found.shape() == Shape{3, 2});
  CHECK(values(found) == Values{20, 21, 0, 1, 20, 21});
  sum(found).backward();
  CHECK(values(table.grad()) == Values{1, 1, 0, 0, 2, 2});
  CHECK(embedding(table, indices({1, 1}, {2, 1})).shape() == Shape{2, 1, 2});
  CHECK(embedding(table, indices({}, {0})).shape() == Shape{0, 2});
  CHECK_THROWS_WITH(embedding(table, indices({3})), "embedding: index 3 is not within [0, 3)");
  CHECK_THROWS_AS(embedding(table, indices({-1})), Error);
  CHECK_THROWS_AS(embedding(table, Array::zeros({1})), Error);
  CHECK_THROWS_AS(embedding(zeros({3}), indices({0})), Error);
}

TEST_CASE("indices that change after the forward pass change no gradient") {
  const Array ids = Array::zeros({2}, DType::int64);
  const Tensor table = leaf(Array::zeros({3, 2}));
  const Tensor loss = sum(embedding(table, ids));
  ids.fill(5e6);
  loss.backward();
  CHECK(values(table.grad()) == Values{2, 2, 0, 0, 0, 0});

  const Array picks = Array::zeros({3, 1}, DType::int64);
  const Tensor x = leaf(Array::zeros({3, 2})), picked = sum(gather(x, picks, 1));
  picks.data<std::int64_t>()[1] = 3'000'000;  // which no version counts
  picked.backward();
  CHECK(values(x.grad()) == Values{1, 0, 1, 0, 1, 0});
}
