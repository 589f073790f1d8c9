#include "scanline/train/losses.hpp"

#include <cmath>
#include <memory>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/loss.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;

namespace {

/// A loss that a user might write: it has no use for the labels.
struct SumOfLogits : train::Loss {
  Tensor operator()(const Tensor& logits, const Array&) const override { return sum(logits); }
};

}  // namespace

TEST_CASE("the loss of the table is the cross-entropy, with the label smoothing that was read") {
  const Tensor logits(test::random_array({3, 4}), /*requires_grad=*/true);
  const Array labels = test::indices({0, 3, 1});
  const auto row = train::losses().find("cross-entropy").choose();
  CHECK((*row->make())(logits, labels).item() == cross_entropy(logits, labels).item());
  Fields fields;
  row->declare(fields);
  fields.find("label-smoothing")->read("0.2");
  CHECK((*row->make())(logits, labels).item() == cross_entropy(logits, labels, 0.2).item());
}

TEST_CASE("a loss can be added to the table, and an unknown one is refused") {
  train::Losses table = train::losses();
  table.add(train::Losses::entry<SumOfLogits>("sum", "sum of the logits"));
  const Tensor logits(Array::full({2, 3}, 1, DType::float32));
  CHECK((*table.find("sum").choose()->make())(logits, test::indices({0, 0})).item() == 6);
  CHECK_THROWS_WITH(table.find("crossentropy"), ContainsSubstring("did you mean cross-entropy?"));
}
