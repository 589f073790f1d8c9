#include "scanline/framework/ops/batch_norm.hpp"

#include <cstring>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/normalize.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/core/thread_count.hpp"

using namespace scanline;
using test::random_array;

namespace {

/// The op composed of others.
Tensor composed(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon) {
  const auto along_channels = [&](const Tensor& v) { return reshape(v, {v.size(0), 1, 1}); };
  return standardize(x, moments(x, {0, 2, 3}), epsilon) * along_channels(weight) +
         along_channels(bias);
}
Tensor fused(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon) {
  return batch_norm(x, weight, bias, epsilon).y;
}

/// The result and the gradients.
std::vector<Array> run(decltype(&fused) norm, const Shape& shape, DType dtype) {
  const auto leaf = [dtype](const Shape& of, std::uint32_t item) {
    return test::leaf(random_array(of, item, -1, 3, dtype));
  };
  const Tensor x = leaf(shape, 1), weight = leaf({shape[1]}, 2), bias = leaf({shape[1]}, 3);
  const Tensor y = norm(x, weight, bias, 1e-5);
  sum(y * Tensor(random_array(shape, 4, -1, 1, dtype))).backward();
  return {y.value(), x.grad(), weight.grad(), bias.grad()};
}

}  // namespace

TEST_CASE("batch_norm and its composition agree: values and all gradients, in any sizes") {
  const DType dtype = GENERATE(DType::float64, DType::float32);
  for (const Shape& shape : {Shape{2, 1, 1, 1}, Shape{1, 3, 1, 2}, Shape{5, 3, 4, 4},
                             Shape{3, 7, 5, 3}, Shape{4, 2, 16, 9}, Shape{33, 5, 6, 7}}) {
    INFO(to_string(shape) << " in " << name(dtype));
    const std::vector<Array> fast = run(fused, shape, dtype), plain = run(composed, shape, dtype);
    for (std::size_t i = 0; i < fast.size(); ++i) {
      INFO("array " << i);
      CHECK(test::distance(fast[i], plain[i]) <= (dtype == DType::float64 ? 1e-10 : 2e-3));
    }
  }
}

TEST_CASE("batch_norm has the same bits on any number of threads") {
  const test::ThreadCount one(1);
  const Shape shape{9, 6, 13, 13};
  const std::vector<Array> alone = run(fused, shape, DType::float32);
  set_thread_count(3);
  const std::vector<Array> together = run(fused, shape, DType::float32);
  for (std::size_t i = 0; i < alone.size(); ++i)
    CHECK(std::memcmp(alone[i].raw(), together[i].raw(),
                      static_cast<std::size_t>(alone[i].bytes())) == 0);
}

TEST_CASE("batch_norm refuses what does not fit") {
  const Tensor two(random_array({2})), three(random_array({3})), x(random_array({4, 2, 3, 3}));
  CHECK_THROWS_WITH(batch_norm(x, three, two, 1e-5),
                    "batch_norm: images (4, 2, 3, 3) do not fit weight (3,) and bias (2,)");
  CHECK_THROWS_WITH(batch_norm(Tensor(random_array({1, 2, 1, 1})), two, two, 1e-5),
                    "batch_norm: needs two values for each feature to train, got (1, 2, 1, 1)");
  CHECK_THROWS_WITH(batch_norm(x, two, two, 1e-5, {two.value(), three.value()}),
                    "batch_norm: images (4, 2, 3, 3) do not fit statistics (3,)");
}
