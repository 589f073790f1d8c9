#include "scanline/framework/core/shape.hpp"

#include <limits>
#include <sstream>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"

using namespace scanline;

TEST_CASE("a shape counts its elements") {
  CHECK(Shape{}.rank() == 0);
  CHECK(Shape{}.element_count() == 1);
  CHECK(Shape{3, 1, 5}.element_count() == 15);
  CHECK(Shape{3, 0, 5}.element_count() == 0);
  const Index huge = std::numeric_limits<Index>::max();
  CHECK(Shape{huge}.element_count() == huge);
  CHECK_THROWS_AS((Shape{huge, 2}.element_count()), Error);
  CHECK_THROWS_AS((Shape{Index{1} << 32, Index{1} << 31}.element_count()), Error);
  CHECK(Shape{huge, huge, 0}.element_count() == 0);
}

TEST_CASE("axes count from both ends, and no further") {
  const Shape shape{2, 3, 5};
  CHECK(shape[0] == 2);
  CHECK(shape[2] == 5);
  CHECK(shape[-1] == 5);
  CHECK(shape[-3] == 2);
  CHECK_THROWS_AS(shape[3], Error);
  CHECK_THROWS_AS(shape[-4], Error);
  CHECK_THROWS_AS(Shape{}[0], Error);
  CHECK_THROWS_WITH(normalize_axis("flip", 3, 2),
                    "flip: axis 3 does not exist in an array of 2 axes");
}

TEST_CASE("shapes are made of others") {
  const Shape shape{2, 3, 5};
  CHECK(shape.with(-1, 7) == Shape{2, 3, 7});
  CHECK(shape.without(0) == Shape{3, 5});
  CHECK(shape.without(-1) == Shape{2, 3});
  CHECK(shape.slice(1, 3) == Shape{3, 5});
  CHECK(shape.slice(2, 2) == Shape{});
  CHECK(shape != Shape{2, 3});
  CHECK(shape != Shape{2, 3, 4});
  CHECK(Shape{1} != Shape{});
}

TEST_CASE("impossible shapes are refused") {
  CHECK_THROWS_AS((Shape{2, -1}), Error);
  CHECK_THROWS_AS((Shape{2, 3}.with(0, -1)), Error);
  CHECK((Shape{1, 1, 1, 1, 1, 1, 1, 1}.rank()) == Shape::max_rank);
  CHECK_THROWS_AS((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}), Error);
}

TEST_CASE("shapes are written as Python's tuples") {
  CHECK(to_string(Shape{}) == "()");
  CHECK(to_string(Shape{10}) == "(10,)");
  CHECK(to_string(Shape{32, 28}) == "(32, 28)");
}

TEST_CASE("shapes broadcast as NumPy's do, in both orders") {
  struct {
    Shape a, b, result;
  } const cases[] = {
      {{}, {}, {}},
      {{}, {2, 3}, {2, 3}},
      {{3}, {2, 3}, {2, 3}},
      {{2, 1}, {1, 3}, {2, 3}},
      {{2, 1, 4}, {3, 1}, {2, 3, 4}},
      {{1}, {0}, {0}},
      {{0, 1}, {1, 3}, {0, 3}},
  };
  for (const auto& [a, b, result] : cases) {
    CHECK(broadcast_shapes("add", a, b) == result);
    CHECK(broadcast_shapes("add", b, a) == result);
  }
  CHECK_THROWS_WITH(broadcast_shapes("add", {2, 3}, {4, 3}),
                    "add: shapes (2, 3) and (4, 3) do not broadcast: 2 and 4 differ");
  CHECK_THROWS_AS(broadcast_shapes("add", {2, 3}, {2}), Error);
  CHECK_THROWS_AS(broadcast_shapes("add", {0}, {3}), Error);
}

TEST_CASE("a shape is printed as Python prints a tuple") {
  std::ostringstream text;
  text << Shape{} << Shape{10} << Shape{32, 28};
  CHECK(text.str() == "()(10,)(32, 28)");
}
