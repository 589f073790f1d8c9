#include "scanline/models/reader.hpp"

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "tests/catch.hpp"

using namespace scanline;
using models::Reader;

namespace {

Tensor random_lines(const Shape& shape) {
  Random random(7, Purpose::augment);
  const Array pixels(shape, DType::float64);
  for (Index i = 0; i < pixels.size(); ++i) pixels.data<double>()[i] = random.uniform(-1, 1);
  return Tensor(pixels);
}

constexpr models::ImageTask task{.rows = 4, .columns = 28, .classes = 3};
const Reader::Options small{.layers = {.hidden_size = 3, .layers = 2}, .step_columns = 2};

}  // namespace

TEST_CASE("a reader scores the classes and the blank at each step of a line of any width") {
  Reader reader(task, small);
  reader.to(DType::float64);
  for (const Index columns : {2, 3, 8, 31})
    CHECK(reader.forward(random_lines({5, 4, columns})).shape() == Shape{columns / 2, 5, 4});
  const models::LineScores scores = reader.read_lines(random_lines({2, 4, 9}), {9, 5});
  CHECK(scores.steps == Lengths{4, 2});
  CHECK(reader.columns_per_step() == 2);
  CHECK_THROWS_AS(reader.forward(random_lines({2, 5, 8})), Error);
  CHECK_THROWS_AS(reader.forward(random_lines({2, 4, 1})), Error);
  CHECK_THROWS_AS(reader.read_lines(random_lines({2, 4, 9}), {9, 1}), Error);
  CHECK_THROWS_AS(reader.read_lines(random_lines({2, 4, 9}), {9, 10}), Error);
}

TEST_CASE("what is read in a line does not depend on the lines beside it") {
  Reader reader(task, small);
  reader.to(DType::float64);
  const Tensor lines = random_lines({2, 4, 12});
  const Array together = reader.read_lines(lines, {12, 7}).logits.value();
  const Array alone = reader.forward(slice(slice(lines, 0, 1, 2), 2, 0, 7)).value();
  for (Index t = 0; t < 3; ++t)
    for (Index c = 0; c < 4; ++c)
      CHECK(together.at((t * 2 + 1) * 4 + c) == Approx(alone.at(t * 4 + c)).margin(1e-12));
}

TEST_CASE("the gradients of a reader are right for lines of several widths") {
  Reader reader(task, small);
  reader.to(DType::float64);
  const Tensor lines = random_lines({2, 4, 8});
  const auto check = gradcheck(
      [&] {
        return reader.read_lines(lines, {8, 4}).logits;
      },
      reader.parameters());
  INFO(check.failure);
  CHECK(check.passed());
}
