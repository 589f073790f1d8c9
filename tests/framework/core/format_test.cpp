#include "scanline/framework/core/format.hpp"

#include "scanline/framework/autograd/format.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;

TEST_CASE("shapes, arrays and tensors can be formatted") {
  CHECK(fmt::format("{}", Shape{2, 3}) == "(2, 3)");
  CHECK(fmt::format("[{:>8}]", Shape{2, 3}) == "[  (2, 3)]");
  const Array x = test::array({1, 2});
  CHECK(fmt::format("{}", x) == "array([1, 2], dtype=float64)");
  CHECK(fmt::format("{}", Tensor(x)) == "tensor([1, 2], dtype=float64)");
}
