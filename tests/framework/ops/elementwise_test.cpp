#include "scanline/framework/ops/elementwise.hpp"

#include <cmath>
#include <limits>

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

namespace {

const double infinity = std::numeric_limits<double>::infinity();

Tensor constant(const Values& elements) { return Tensor(array(elements)); }

/// The gradient of the sum of `op(x)`.
template <class Op>
Values slopes(const Values& x, Op op) {
  const Tensor input = leaf(array(x));
  sum(op(input)).backward();
  return values(input.grad());
}

}  // namespace

TEST_CASE("arithmetic of tensors and constants") {
  const Tensor a = constant({1, 2, 3}), b = constant({4, 5, 8});
  CHECK(values(a + b) == Values{5, 7, 11});
  CHECK(values(a - b) == Values{-3, -3, -5});
  CHECK(values(a * b) == Values{4, 10, 24});
  CHECK(values(b / a) == Values{4, 2.5, 8.0 / 3});
  CHECK(values(-a) == Values{-1, -2, -3});
  CHECK(values(a + 1.0) == Values{2, 3, 4});
  CHECK(values(1.0 + a) == Values{2, 3, 4});
  CHECK(values(a - 1.0) == Values{0, 1, 2});
  CHECK(values(1.0 - a) == Values{0, -1, -2});
  CHECK(values(2.0 * a) == Values{2, 4, 6});
  CHECK(values(a * 2.0) == Values{2, 4, 6});
  CHECK(values(a / 2.0) == Values{0.5, 1, 1.5});
  // A literal without a point is a constant as well.
  CHECK(values(2 * a + 1 - a / 1) == Values{2, 3, 4});
}

TEST_CASE("division by a number rounds once, forward and backward") {
  const auto quotient = [](double a, double b, DType dtype) {
    return (full({1}, a, dtype) / b).item();
  };
  CHECK(quotient(169, 13, DType::float32) == 13);
  CHECK(quotient(41, 41, DType::float32) == 1);
  CHECK(quotient(1e-308, 1e-309, DType::float64) == Approx(10).epsilon(1e-12));
  CHECK(quotient(1, 0, DType::float32) == infinity);
  CHECK(quotient(-1, 0, DType::float64) == -infinity);
  CHECK(values(1 / Tensor(array({1, 2, -4, 0}))) == Values{1, 0.5, -0.25, infinity});
  const Tensor x = leaf(Array::full({1}, 1));
  sum(x / 41.0 * 41.0).backward();
  CHECK(x.grad().item() == 1);
}

TEST_CASE("operands broadcast") {
  const Tensor column(array({1, 2}, {2, 1})), row = constant({10, 20, 30});
  CHECK((column + row).shape() == Shape{2, 3});
  CHECK(values(column + row) == Values{11, 21, 31, 12, 22, 32});
  CHECK(values(column - tensor(1, DType::float64)) == Values{0, 1});
}

TEST_CASE("elementary functions") {
  CHECK(values(power(constant({1, 2, -3}), 2.0)) == Values{1, 4, 9});
  CHECK(values(power(constant({4, 9}), 0.5)) == Values{2, 3});
  CHECK(values(power(constant({2, 0, 5}), constant({3, 2, 0}))) == Values{8, 0, 1});
  CHECK(exp(constant({1})).item() == Approx(2.718281828459045).epsilon(1e-12));
  CHECK(log(constant({10})).item() == Approx(2.302585092994046).epsilon(1e-12));
  CHECK(values(sqrt(constant({0, 4, 2.25}))) == Values{0, 2, 1.5});
  CHECK(values(abs(constant({-2, 0, 3}))) == Values{2, 0, 3});
  CHECK(values(clamp(constant({-5, -1, 0.5, 2, infinity}), -1, 2)) == Values{-1, -1, 0.5, 2, 2});
  CHECK(std::isnan(clamp(constant({std::nan("")}), -1, 2).item()));
  CHECK(values(where(indices({1, 0, -7}), constant({1, 2, 3}), constant({4, 5, 6}))) ==
        Values{1, 5, 3});
}

TEST_CASE("gradients where functions have kinks or poles") {
  CHECK(slopes({-2, 0, 3}, [](const Tensor& x) { return abs(x); }) == Values{-1, 0, 1});
  CHECK(slopes({-2, -1, 0, 1, 2}, [](const Tensor& x) { return clamp(x, -1, 1); }) ==
        Values{0, 1, 1, 1, 0});
  CHECK(slopes({0, 0}, [](const Tensor& x) { return power(x, 1.0); }) == Values{1, 1});
  CHECK(slopes({0, 3}, [](const Tensor& x) { return power(x, 0.0); }) == Values{0, 0});
  CHECK(slopes({0, 3}, [](const Tensor& x) { return power(x, 2.0); }) == Values{0, 6});
  // With respect to the exponent, where the base is 0 or 1.
  CHECK(slopes({2, 3}, [](const Tensor& e) { return power(constant({0, 1}), e); }) == Values{0, 0});
  // What is not chosen has no gradient.
  CHECK(slopes({2, 4}, [](const Tensor& x) {
          return where(indices({0, 1}), log(x), x);
        }) == Values{1, 0.25});
}

TEST_CASE("errors of elementwise ops name the op, both shapes and both types") {
  const Tensor two = constant({1, 2}), three = constant({1, 2, 3}), narrow(Array::zeros({2}));
  CHECK_THROWS_WITH(two + three, "add: shapes (2,) and (3,) do not broadcast: 2 and 3 differ");
  CHECK_THROWS_WITH(two - three, "subtract: shapes (2,) and (3,) do not broadcast: 2 and 3 differ");
  CHECK_THROWS_WITH(two * three, "multiply: shapes (2,) and (3,) do not broadcast: 2 and 3 differ");
  CHECK_THROWS_WITH(two / three, "divide: shapes (2,) and (3,) do not broadcast: 2 and 3 differ");
  CHECK_THROWS_WITH(power(two, three),
                    "power: shapes (2,) and (3,) do not broadcast: 2 and 3 differ");
  CHECK_THROWS_WITH(where(indices({1}), two, three),
                    "where: shapes (2,) and (3,) do not broadcast: 2 and 3 differ");
  CHECK_THROWS_WITH(narrow * two, "multiply: element types float32 and float64 differ");
  CHECK_THROWS_WITH(where(indices({1}), two, narrow),
                    "where: element types float64 and float32 differ");
  CHECK_THROWS_WITH(exp(Tensor(indices({1}))), "exp: needs float32 or float64 elements, got int64");
}
