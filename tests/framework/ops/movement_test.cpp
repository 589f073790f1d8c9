#include "scanline/framework/ops/movement.hpp"

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/create.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::indices;
using test::values;
using Values = std::vector<double>;

namespace {

Tensor counting(const Shape& shape) {
  const Array result(shape, DType::float64);
  for (Index i = 0; i < result.size(); ++i) result.data<double>()[i] = static_cast<double>(i);
  return Tensor(result);
}

}  // namespace

TEST_CASE("reshape shares its elements and computes one extent") {
  const Tensor x = counting({2, 6});
  CHECK(reshape(x, {3, -1}).shape() == Shape{3, 4});
  CHECK(reshape(x, {-1}).shape() == Shape{12});
  CHECK(reshape(counting({0, 3}), {-1, 3}).shape() == Shape{0, 3});
  CHECK(reshape(x, {12}).value().raw() == x.value().raw());
  CHECK_THROWS_WITH(reshape(x, {5, -1}), "reshape: (2, 6) does not fit into (5, -1)");
  CHECK_THROWS_WITH(reshape(x, {-1, -1}), "reshape: (2, 6) does not fit into (-1, -1)");
  CHECK_THROWS_AS(reshape(counting({0}), {0, -1}), Error);
  CHECK_THROWS_WITH(reshape(x, {5}), "reshape: (2, 6) to (5,): 12 and 5 elements");
  CHECK_THROWS_WITH(reshape(x, {-2, -6}), "reshape: (2, 6) does not fit into (-2, -6)");
}

TEST_CASE("large arrays are permuted, and back, as small ones are") {
  const Tensor x = counting({7, 90, 3, 50}), y = permute(x, {2, 0, 1, 3});
  REQUIRE(y.shape() == Shape{3, 7, 90, 50});
  CHECK(y.value().at(((1 * 7 + 5) * 90 + 60) * 50 + 4) == ((5 * 90 + 60) * 3 + 1) * 50 + 4);
  CHECK(values(permute(y, {1, 2, 0, 3})) == values(x));
}

TEST_CASE("permute puts axis order[i] at i") {
  const Tensor x = counting({2, 3, 4}), y = permute(x, {2, 0, -2});
  REQUIRE(y.shape() == Shape{4, 2, 3});
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 3; ++j)
      for (Index k = 0; k < 4; ++k)
        CHECK(y.value().at((k * 2 + i) * 3 + j) == x.value().at((i * 3 + j) * 4 + k));
  CHECK(values(transpose(counting({2, 3}))) == Values{0, 3, 1, 4, 2, 5});
  CHECK(transpose(x, 0, 2).shape() == Shape{4, 3, 2});
  CHECK(transpose(x).shape() == Shape{2, 4, 3});
}

TEST_CASE("permute refuses an order that is none") {
  const Tensor x = counting({2, 3, 4});
  CHECK_THROWS_WITH(permute(x, {0, 1, 1}),
                    "permute: (0, 1, 1) does not name each axis of (2, 3, 4) once");
  CHECK_THROWS_WITH(permute(x, {2}), "permute: (2) does not name each axis of (2, 3, 4) once");
  CHECK_THROWS_WITH(permute(x, {0, 1, 2, 0}),
                    "permute: (0, 1, 2, 0) does not name each axis of (2, 3, 4) once");
  CHECK_THROWS_WITH(permute(x, {0, 1, 3}), "permute: axis 3 does not exist in an array of 3 axes");
  CHECK_THROWS_AS(transpose(counting({3})), Error);
}

TEST_CASE("slice takes positions of any axis") {
  const Tensor x = counting({2, 3, 2});
  CHECK(values(slice(x, 0, 1, 2)) == Values{6, 7, 8, 9, 10, 11});
  CHECK(slice(x, 0, 1, 2).value().raw() == x.value().rows(1, 2).raw());
  CHECK(values(slice(x, 1, 1, 3)) == Values{2, 3, 4, 5, 8, 9, 10, 11});
  CHECK(values(slice(x, -1, 0, 1)) == Values{0, 2, 4, 6, 8, 10});
  CHECK(slice(x, 1, 2, 2).shape() == Shape{2, 0, 2});
  CHECK_THROWS_WITH(slice(x, 1, 1, 4), "slice: [1, 4) is not within axis 1 of (2, 3, 2)");
  CHECK_THROWS_AS(slice(x, 1, -1, 2), Error);
  CHECK_THROWS_AS(slice(x, 1, 2, 1), Error);
  CHECK_THROWS_WITH(slice(x, 3, 0, 1), "slice: axis 3 does not exist in an array of 3 axes");
}

TEST_CASE("select takes one position of any axis, which goes") {
  const Tensor x = counting({2, 3, 2});
  CHECK(select(x, 0, 1).shape() == Shape{3, 2});
  CHECK(values(select(x, 0, 1)) == Values{6, 7, 8, 9, 10, 11});
  CHECK(values(select(x, 1, -1)) == Values{4, 5, 10, 11});
  CHECK(values(select(x, -1, 0)) == Values{0, 2, 4, 6, 8, 10});
  CHECK(select(x, 0, 1).value().raw() == x.value().rows(1, 2).raw());
  CHECK(x[-2].shape() == Shape{3, 2});
  CHECK(values(x[1][2]) == Values{10, 11});
  CHECK(x[1][2][0].item() == 10);
  CHECK_THROWS_WITH(x[2], "select: axis 0 of (2, 3, 2) has no position 2");
  CHECK_THROWS_WITH(select(x, 1, -4), "select: axis 1 of (2, 3, 2) has no position -4");
  CHECK_THROWS_WITH(select(x, 3, 0), "select: axis 3 does not exist in an array of 3 axes");
  CHECK_THROWS_WITH(counting({})[0], "select: axis 0 does not exist in an array of 0 axes");
}

TEST_CASE("stack undoes unstack, along every axis") {
  const Tensor x = counting({2, 3, 4});
  for (const Index axis : {0, 1, 2, -1}) {
    const std::vector<Tensor> parts = unstack(x, axis);
    REQUIRE(static_cast<Index>(parts.size()) == x.size(axis));
    CHECK(test::distance(stack(parts, axis).value(), x.value()) == 0);
  }
  CHECK(unstack(counting({0, 2}), 0).empty());
  CHECK_THROWS_WITH(unstack(x, 3), "unstack: axis 3 does not exist in an array of 3 axes");
}

TEST_CASE("pad lengthens an axis at either end") {
  const Tensor x(array({1, 2, 3, 4}, {2, 2}));
  CHECK(values(pad(x, 0, 1, 0)) == Values{0, 0, 1, 2, 3, 4});
  CHECK(values(pad(x, 1, 1, 2, -7)) == Values{-7, 1, 2, -7, -7, -7, 3, 4, -7, -7});
  CHECK(pad(x, -1, 1, 2).shape() == Shape{2, 5});
  CHECK(values(pad(x, 0, 0, 0)) == values(x));
  CHECK(values(pad(counting({0}), 0, 1, 1, 5)) == Values{5, 5});
  CHECK(pad(Tensor(indices({1})), 0, 0, 1, 2).dtype() == DType::int64);
  CHECK_THROWS_WITH(pad(x, 0, -1, 0), "pad: needs counts of 0 or more, got -1 and 0");
  CHECK_THROWS_WITH(pad(x, 2, 0, 1), "pad: axis 2 does not exist in an array of 2 axes");
}

TEST_CASE("concatenate undoes split, along every axis") {
  const Tensor x = counting({2, 4, 6});
  for (const Index axis : {0, 1, 2, -1}) {
    const std::vector<Tensor> parts = split(x, 2, axis);
    REQUIRE(parts.size() == 2);
    CHECK(test::distance(concatenate(parts, axis).value(), x.value()) == 0);
  }
  CHECK_THROWS_WITH(split(x, 4, 2), "split: axis 2 of (2, 4, 6) cannot be cut into 4 equal parts");
  CHECK_THROWS_AS(split(x, 0, 2), Error);
}

TEST_CASE("concatenate and stack put tensors together") {
  const Tensor a(array({1, 2}, {1, 2})), b(array({3, 4, 5, 6}, {2, 2}));
  CHECK(values(concatenate({a, b}, 0)) == Values{1, 2, 3, 4, 5, 6});
  CHECK(values(concatenate({b, transpose(b)}, 1)) == Values{3, 4, 3, 5, 5, 6, 4, 6});
  const Tensor u(array({1, 2})), v(array({3, 4}));
  CHECK(stack({u, v}, 0).shape() == Shape{2, 2});
  CHECK(values(stack({u, v}, 0)) == Values{1, 2, 3, 4});
  CHECK(values(stack({u, v}, -1)) == Values{1, 3, 2, 4});
  CHECK(values(concatenate({Tensor(indices({1})), Tensor(indices({2}))}, 0)) == Values{1, 2});

  CHECK_THROWS_WITH(concatenate({a, b}, 1),
                    "concatenate: shapes (1, 2) and (2, 2) differ beyond axis 1");
  CHECK_THROWS_WITH(concatenate({a, u}, 0),
                    "concatenate: shapes (1, 2) and (2,) differ beyond axis 0");
  CHECK_THROWS_WITH(concatenate({a, zeros({1, 2})}, 0),
                    "concatenate: element types float64 and float32 differ");
  CHECK_THROWS_WITH(concatenate({}, 0), "concatenate: needs at least one tensor");
  CHECK_THROWS_AS(concatenate({a, a}, 2), Error);
  CHECK_THROWS_WITH(stack({u, v}, 2), "stack: axis 2 does not exist in an array of 2 axes");
  CHECK_THROWS_AS(stack({u, Tensor(array({1}))}, 0), Error);
}

TEST_CASE("flip turns an axis around, and twice is nothing") {
  const Tensor x = counting({2, 3, 2});
  CHECK(values(flip(x, 1)) == Values{4, 5, 2, 3, 0, 1, 10, 11, 8, 9, 6, 7});
  for (const Index axis : {0, 1, 2, -1})
    CHECK(test::distance(flip(flip(x, axis), axis).value(), x.value()) == 0);
}
