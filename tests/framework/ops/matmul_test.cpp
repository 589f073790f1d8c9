#include "scanline/framework/ops/matmul.hpp"

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/core/thread_count.hpp"

using namespace scanline;
using test::array;
using test::random_array;
using test::values;
using Values = std::vector<double>;

TEST_CASE("a product of small matrices") {
  const Tensor a(array({1, 2, 3, 4, 5, 6}, {2, 3})), b(array({1, 0, 0, 1, 1, 1}, {3, 2}));
  CHECK(values(matmul(a, b)) == Values{4, 5, 10, 11});
  CHECK(values(matmul(a, a, {.b = true})) == Values{14, 32, 32, 77});
  CHECK(matmul(a, a, {.a = true}).shape() == Shape{3, 3});
  CHECK(values(matmul(zeros({2, 0}), zeros({0, 2}))) == Values(4));
}

TEST_CASE("transpose flags mean what transposing means") {
  const Tensor a(random_array({2, 3, 5}, 1)), b(random_array({2, 5, 4}, 2));
  const Array plain = matmul(a, b).value();
  CHECK(test::distance(matmul(transpose(a), b, {.a = true}).value(), plain) < 1e-15);
  CHECK(test::distance(matmul(a, transpose(b), {.b = true}).value(), plain) < 1e-15);
  CHECK(test::distance(matmul(transpose(a), transpose(b), {true, true}).value(), plain) < 1e-15);
}

TEST_CASE("a batch is one product at each place, and a single matrix serves all") {
  const Array a = random_array({3, 2, 4}, 1), b = random_array({3, 4, 5}, 2);
  const Array single = b.rows(1, 2).reshape({4, 5});
  const Array product = matmul(Tensor(a), Tensor(b)).value();
  const Array by_single = matmul(Tensor(a), Tensor(single)).value();
  for (Index place = 0; place < 3; ++place) {
    const Tensor own_a(a.rows(place, place + 1).reshape({2, 4}));
    const Tensor own_b(b.rows(place, place + 1).reshape({4, 5}));
    CHECK(test::distance(matmul(own_a, own_b).value(),
                         product.rows(place, place + 1).reshape({2, 5})) < 1e-15);
    CHECK(test::distance(matmul(own_a, Tensor(single)).value(),
                         by_single.rows(place, place + 1).reshape({2, 5})) < 1e-15);
  }
  CHECK(matmul(zeros({0, 2, 3}), zeros({3, 4})).shape() == Shape{0, 2, 4});
}

TEST_CASE("products of a large batch have the same bits on any number of threads") {
  const Tensor a(random_array({600, 28, 32}, 1, -1, 1, DType::float32)),
      b(random_array({600, 32, 28}, 2, -1, 1, DType::float32));
  const test::ThreadCount one(1);
  const Array expected = matmul(a, b).value();
  const test::ThreadCount several(3);
  CHECK(test::distance(matmul(a, b).value(), expected) == 0);
}

TEST_CASE("linear is x W^T + b") {
  const Tensor x(random_array({2, 3, 5}, 1)), weight(random_array({4, 5}, 2)),
      bias(random_array({4}, 3));
  const Array product = matmul(x, transpose(weight)).value();
  CHECK(test::distance(linear(x, weight, Tensor()).value(), product) < 1e-15);
  CHECK(test::distance(linear(x, weight, bias).value(), (Tensor(product) + bias).value()) < 1e-15);
  CHECK(linear(Tensor(random_array({5})), weight, bias).shape() == Shape{4});
  // The bias is read, not written to.
  CHECK(test::distance(bias.value(), random_array({4}, 3)) == 0);
}

TEST_CASE("errors of products name both shapes and both types") {
  CHECK_THROWS_WITH(matmul(zeros({32, 28}), zeros({64, 10})),
                    "matmul: (32, 28) x (64, 10): inner dimensions 28 and 64 differ");
  CHECK_THROWS_WITH(matmul(zeros({32, 28}), zeros({28, 10}), {.a = true}),
                    "matmul: (32, 28) x (28, 10): inner dimensions 32 and 28 differ");
  CHECK_THROWS_WITH(matmul(zeros({3}), zeros({3, 2})),
                    "matmul: (3,) x (3, 2): needs two axes or more");
  CHECK_THROWS_WITH(matmul(zeros({2, 3, 4}), zeros({3, 4, 5})),
                    "matmul: (2, 3, 4) x (3, 4, 5): the leading axes differ");
  CHECK_THROWS_WITH(matmul(zeros({2, 2}), Tensor(random_array({2, 2}))),
                    "matmul: element types float32 and float64 differ");
  CHECK_THROWS_WITH(linear(zeros({2, 3}), zeros({4, 5}), Tensor()),
                    "linear: (2, 3) x (4, 5): the last axis must be the weight's second");
  CHECK_THROWS_WITH(linear(zeros({2, 5}), zeros({4, 5}), zeros({5})),
                    "linear: weight (4, 5) needs a bias of 4 elements, got (5,)");
  CHECK_THROWS_WITH(linear(zeros({2, 5}), Tensor(random_array({4, 5})), Tensor()),
                    "linear: element types float32 and float64 differ");
  CHECK_THROWS_WITH(linear(zeros({2, 5}), zeros({4, 5}), Tensor(random_array({4}))),
                    "linear: element types float32 and float64 differ");
  CHECK_THROWS_AS(linear(zeros({}), zeros({4, 5}), Tensor()), Error);
}
