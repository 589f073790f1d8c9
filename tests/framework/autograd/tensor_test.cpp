#include "scanline/framework/autograd/tensor.hpp"

#include <sstream>
#include <string>

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

TEST_CASE("a tensor is a handle") {
  CHECK_FALSE(Tensor().defined());
  const Tensor x = leaf(array({1, 2, 3, 4, 5, 6}, {2, 3})), same = x;
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.size(-1) == 3);
  CHECK(x.rank() == 2);
  CHECK(x.dtype() == DType::float64);
  sum(same).backward();
  CHECK(values(x.grad()) == Values(6, 1));
  CHECK_THROWS_WITH(x.item(), "item: needs an array of one element, got shape (2, 3)");
}

TEST_CASE("whole numbers have no gradients") {
  CHECK_FALSE(Tensor(test::indices({1, 2})).requires_grad());
  CHECK_THROWS_WITH(
      leaf(test::indices({1, 2})),
      "tensor that requires a gradient: needs float32 or float64 elements, got int64");
}

TEST_CASE("a detached tensor has the same value and no past") {
  const Tensor x = leaf(array({3}));
  const Tensor y = (x * 2.0).detach();
  CHECK_FALSE(y.requires_grad());
  (x * y).backward();
  CHECK(values(x.grad()) == Values{6});
  CHECK(x.detach().value().raw() == x.value().raw());
}

TEST_CASE("set_value replaces a leaf's value for all handles, and drops its gradient") {
  const Tensor x = leaf(array({1, 2})), handle = x;
  sum(x * x).backward();
  x.set_value(Array::full({2}, 5, DType::float32));
  CHECK(handle.dtype() == DType::float32);
  CHECK(values(handle) == Values{5, 5});
  CHECK_FALSE(handle.grad().defined());
  sum(handle * handle).backward();
  CHECK(x.grad().dtype() == DType::float32);
  CHECK(values(x.grad()) == Values{10, 10});

  CHECK_THROWS_WITH(x.set_value(array({1})), "set_value: shapes (2,) and (1,) differ");
  CHECK_THROWS_WITH((x * x).set_value(array({1, 2})),
                    "set_value: the result of 'multiply' cannot be replaced");
  CHECK_THROWS_AS(x.set_value(test::indices({1, 2})), Error);
  CHECK(values(x) == Values{5, 5});
  const Tensor spent = x * x;
  sum(spent).backward();
  CHECK_THROWS_AS(spent.set_value(array({1, 2})), Error);
}

TEST_CASE("a tensor that refers to nothing says so") {
  const Tensor none;
  CHECK_THROWS_WITH(none.value(),
                    "tensor: expected a defined tensor or array, found an undefined one");
  CHECK_THROWS_AS(none.shape(), Error);
  CHECK_THROWS_AS(none.size(0), Error);
  CHECK_THROWS_AS(none.rank(), Error);
  CHECK_THROWS_AS(none.dtype(), Error);
  CHECK_THROWS_AS(none.item(), Error);
  CHECK_THROWS_AS(none.requires_grad(), Error);
  CHECK_THROWS_AS(none.grad(), Error);
  CHECK_THROWS_AS(none.zero_grad(), Error);
  CHECK_THROWS_AS(none.detach(), Error);
  CHECK_THROWS_AS(none.set_value(array({1})), Error);
  CHECK_THROWS_AS(leaf(array({1})).set_value(Array()), Error);
  CHECK_THROWS_AS(none.node(), Error);
  CHECK_THROWS_WITH(none.backward(),
                    "backward: expected a defined tensor or array, found an undefined one");
  CHECK_THROWS_AS(Tensor(Array()), Error);
  CHECK_THROWS_WITH(leaf(array({1})).grad().item(),
                    "item: expected a defined tensor or array, found an undefined one");
}

TEST_CASE("a tensor is printed with its part in the graph") {
  CHECK(to_string(Tensor()) == "tensor(undefined)");
  const Tensor x = leaf(array({1, 2, 3, 4}, {2, 2}));
  CHECK(to_string(x) ==
        "tensor([[1, 2],\n"
        "        [3, 4]], dtype=float64, requires_grad=true)");
  CHECK(to_string(x.detach()).find("]], dtype=float64)") != std::string::npos);
  const Tensor total = sum(x);
  CHECK(to_string(total) == "tensor(10, dtype=float64, op=sum)");
  total.backward();
  std::ostringstream text;
  text << total;
  CHECK(text.str() == "tensor(10, dtype=float64, op=sum)");
}

TEST_CASE("a leaf can be made to require no gradient, for all handles") {
  const Tensor x(test::array({2, 3}), /*requires_grad=*/true), handle = x;
  sum(x * x).backward();
  x.set_requires_grad(false);
  CHECK_FALSE(handle.requires_grad());
  CHECK_FALSE(handle.grad().defined());
  CHECK_FALSE((handle * handle).requires_grad());
  x.set_requires_grad(true);
  sum(handle * handle).backward();
  CHECK(x.grad().at(1) == 6);

  CHECK_THROWS_WITH((x * x).set_requires_grad(false),
                    "set_requires_grad: the result of 'multiply' is not a leaf");
  CHECK_THROWS_AS(Tensor(test::indices({1})).set_requires_grad(true), Error);
}
