#include "scanline/framework/ops/conv.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/core/thread_count.hpp"

using namespace scanline;
using test::random_array;

namespace {

struct Case {
  Shape x, weight;
  Conv2dOptions options = {};
  bool has_bias = true;
};

std::string describe(const Case& of) {
  const auto [stride, padding, dilation, groups] = of.options;
  const auto both = [](Size2d size) {
    return std::to_string(size.height) + " x " + std::to_string(size.width);
  };
  return to_string(of.x) + " with " + to_string(of.weight) + ", stride " + both(stride) +
         ", padding " + both(padding) + ", dilation " + both(dilation) + ", groups " +
         std::to_string(groups);
}

/// Sizes that fill tiles and vectors, and sizes that leave some over.
std::vector<Case> cases() {
  std::vector<Case> result = {
      {{1, 1, 1, 1}, {1, 1, 1, 1}},
      {{2, 1, 28, 28}, {6, 1, 5, 5}},
      {{3, 6, 12, 12}, {16, 6, 5, 5}},
      {{2, 5, 9, 7}, {20, 5, 3, 3}, {.padding = 1}},
      {{2, 3, 14, 14}, {13, 3, 3, 3}, {.padding = 1}, false},
      {{1, 2, 6, 5}, {3, 2, 1, 1}},
      {{1, 2, 6, 5}, {3, 2, 1, 1}, {.padding = 2}},
      {{1, 2, 3, 4}, {2, 2, 2, 2}, {.padding = {3, 2}}},
      {{2, 3, 11, 9}, {4, 3, 3, 2}, {.stride = 2}},
      {{2, 3, 11, 9}, {4, 3, 3, 3}, {.stride = {1, 2}, .padding = {0, 1}}},
      {{2, 3, 11, 9}, {4, 3, 3, 3}, {.stride = {2, 1}, .padding = {1, 2}}},
      {{2, 2, 10, 10}, {3, 2, 2, 2}, {.stride = 3}},
      {{2, 2, 7, 8}, {3, 2, 1, 1}, {.stride = 2, .padding = 1}},
      {{2, 2, 12, 13}, {3, 2, 3, 3}, {.padding = 2, .dilation = 2}},
      {{2, 2, 12, 13}, {3, 2, 3, 2}, {.stride = {2, 3}, .padding = {1, 0}, .dilation = {3, 2}}},
      {{2, 6, 8, 8}, {4, 3, 3, 3}, {.padding = 1, .groups = 2}},
      {{2, 6, 8, 8}, {6, 1, 3, 3}, {.stride = 2, .padding = 1, .groups = 6}},
      {{37, 2, 6, 6}, {7, 2, 3, 3}, {.padding = 1}},
      {{0, 2, 6, 6}, {3, 2, 3, 3}},
  };
  for (Index i = 0; i < 24; ++i) {  // all kinds of sizes
    const auto drawn = test::values(random_array({12}, static_cast<std::uint32_t>(100 + i), 0, 1));
    const auto from = [&drawn](std::size_t k, Index low, Index high) {
      return low + static_cast<Index>(drawn[k] * static_cast<double>(high - low + 1));
    };
    const Index groups = from(0, 1, 3);
    const Size2d window(from(1, 1, 4), from(2, 1, 4)), dilation(from(3, 1, 2), from(4, 1, 3));
    const Size2d padding(from(5, 0, 3), from(6, 0, 3));
    result.push_back(
        {{from(7, 1, 3), groups * from(8, 1, 3), 10 + from(9, 0, 9), 10 + from(10, 0, 20)},
         {groups * from(11, 1, 9), result.size() % 2 == 0 ? 1 : 2, window.height, window.width},
         {.stride = {from(8, 1, 3), from(7, 1, 2)},
          .padding = padding,
          .dilation = dilation,
          .groups = groups},
         drawn[0] < 0.8});
    Case& made = result.back();
    made.x = made.x.with(1, made.weight[1] * groups);
  }
  return result;
}

/// Inputs of a case: x, weight and, where there is one, bias.
std::vector<Tensor> inputs_of(const Case& of, DType dtype) {
  const auto leaf = [dtype](const Shape& shape, std::uint32_t item) {
    return test::leaf(random_array(shape, item, -1, 1, dtype));
  };
  std::vector<Tensor> result{leaf(of.x, 0), leaf(of.weight, 1)};
  if (of.has_bias) result.push_back(leaf({of.weight[0]}, 2));
  return result;
}

using Convolution = decltype(&conv2d);

/// The result, and the gradients of the inputs.
std::vector<Array> run(Convolution convolution, const Case& of, DType dtype) {
  const std::vector<Tensor> in = inputs_of(of, dtype);
  const Tensor y = convolution(in[0], in[1], of.has_bias ? in[2] : Tensor(), of.options);
  sum(y * Tensor(random_array(y.shape(), 3, -1, 1, dtype))).backward();
  std::vector<Array> result{y.value()};
  for (const Tensor& input : in) result.push_back(input.grad());
  return result;
}

}  // namespace

TEST_CASE("conv2d and its composition agree: values and all gradients, in any sizes") {
  const DType dtype = GENERATE(DType::float64, DType::float32);
  for (const Case& of : cases()) {
    INFO(describe(of) << " in " << name(dtype));
    const std::vector<Array> fast = run(conv2d, of, dtype), plain = run(composed_conv2d, of, dtype);
    REQUIRE(fast.size() == plain.size());
    for (std::size_t i = 0; i < fast.size(); ++i) {
      INFO("array " << i);
      double largest = 1;
      for (const double value : test::values(plain[i]))
        largest = std::max(largest, std::abs(value));
      CHECK(test::distance(fast[i], plain[i]) <=
            largest * (dtype == DType::float64 ? 1e-13 : 2e-6));
    }
  }
}

TEST_CASE("conv2d has the same bits on any number of threads") {
  const test::ThreadCount one(1);
  const Case of{{37, 3, 11, 13}, {7, 3, 3, 3}, {.padding = 1}};
  const std::vector<Array> alone = run(conv2d, of, DType::float32);
  for (const int threads : {2, 3, 5}) {
    set_thread_count(threads);
    const std::vector<Array> together = run(conv2d, of, DType::float32);
    for (std::size_t i = 0; i < alone.size(); ++i)
      CHECK(std::memcmp(alone[i].raw(), together[i].raw(),
                        static_cast<std::size_t>(alone[i].bytes())) == 0);
  }
}

TEST_CASE("conv2d refuses what does not fit") {
  const auto error = [](const Shape& x, const Shape& weight, const Conv2dOptions& options,
                        const Shape& bias = {2}) -> std::string {
    try {
      conv2d(Tensor(random_array(x)), Tensor(random_array(weight)), Tensor(random_array(bias)),
             options);
    } catch (const Error& refusal) {
      return refusal.what();
    }
    return "nothing";
  };
  CHECK(error({1, 3, 8, 8}, {2, 2, 3, 3}, {}) ==
        "conv2d: images (1, 3, 8, 8) do not fit weight (2, 2, 3, 3) in groups of 1");
  CHECK(error({1, 3, 8, 8}, {2, 1, 3, 3}, {.groups = 3}) ==
        "conv2d: images (1, 3, 8, 8) do not fit weight (2, 1, 3, 3) in groups of 3");
  CHECK(error({3, 8, 8}, {2, 3, 3, 3}, {}) ==
        "conv2d: images (3, 8, 8) do not fit weight (2, 3, 3, 3) in groups of 1");
  CHECK(error({1, 3, 8, 8}, {2, 3, 3, 3}, {}, {3}) ==
        "conv2d: weight (2, 3, 3, 3) needs a bias of 2 elements, got (3,)");
  CHECK(error({1, 3, 8, 4}, {2, 3, 3, 5}, {}) ==
        "conv2d: a window of 3 x 5 with a dilation of 1 x 1 is larger than the padded images "
        "(1, 3, 8, 4)");
  CHECK(error({1, 3, 8, 8}, {2, 3, 3, 3}, {.stride = {1, 0}}) ==
        "conv2d: needs a stride, a dilation and groups of at least 1 and a padding of at least 0, "
        "got 1 x 0, 1 x 1, 1 and 0 x 0");
  CHECK(error({1, 3, 8, 8}, {2, 3, 3, 3}, {.padding = -1}) ==
        "conv2d: needs a stride, a dilation and groups of at least 1 and a padding of at least 0, "
        "got 1 x 1, 1 x 1, 1 and -1 x -1");
}
