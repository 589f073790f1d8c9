#include "scanline/framework/nn/embedding.hpp"

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::values;

TEST_CASE("Embedding is a table that starts as standard normal") {
  nn::Embedding table(1000, 8);
  const Tensor found = table(test::indices({5, 999, 5}));
  CHECK(found.shape() == Shape{3, 8});
  CHECK(test::distance(found.value().rows(0, 1), table.weight.value().rows(5, 6)) == 0);
  double squares = 0;
  for (const double value : values(table.weight)) squares += value * value;
  CHECK(squares / 8000 == Approx(1).margin(0.08));
  CHECK_THROWS_AS(table(test::indices({1000})), Error);

  nn::Embedding small(4, 2);
  small.to(DType::float64);
  const Array ids = test::indices({1, 3, 1, 0}, {2, 2});
  CHECK(gradcheck([&] { return small(ids); }, small.parameters()).passed());
}
