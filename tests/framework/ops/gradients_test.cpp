// One table of gradient checks for every op. An op that is added to framework/ops, or by a user,
// gets a row in gradient_cases.cpp or pointwise_gradient_cases.cpp.

#include <functional>
#include <string>
#include <vector>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/ops/gradient_cases.hpp"

using namespace scanline;
using test::random_array;
using test::Tensors;
using Case = test::GradientCase;

namespace {

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& rows : {test::elementwise_cases(), test::activation_cases(),
                           test::reduction_cases(), test::movement_cases(), test::matmul_cases(),
                           test::loss_cases(), test::recurrent_cases(), test::image_cases()})
    all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

/// Inputs of a case; those that `trained` names require a gradient.
Tensors inputs_of(const Case& row, DType dtype, const std::function<bool(std::size_t)>& trained) {
  Tensors inputs;
  for (std::size_t i = 0; i < row.shapes.size(); ++i)
    inputs.push_back(
        Tensor(random_array(row.shapes[i], static_cast<std::uint32_t>(i), row.low, row.high, dtype),
               trained(i)));
  return inputs;
}

}  // namespace

TEST_CASE("the gradient of every op is that of central differences") {
  for (const Case& row : all_cases()) {
    const Tensors x = inputs_of(row, DType::float64, [](std::size_t) { return true; });
    const GradcheckResult result = gradcheck([&] { return row.forward(x); }, x);
    INFO(row.name << ": " << result.failure);
    CHECK(result.passed());
  }
}

TEST_CASE("every op adds to gradients, so that it can be used twice") {
  for (const Case& row : all_cases()) {
    const Tensors x = inputs_of(row, DType::float64, [](std::size_t) { return true; });
    const GradcheckResult result =
        gradcheck([&] { return row.forward(x) + row.forward(x) * 2.0; }, x);
    INFO(row.name << ": " << result.failure);
    CHECK(result.passed());
  }
}

TEST_CASE("every op serves one input that requires a gradient among others that don't") {
  for (const Case& row : all_cases()) {
    if (row.shapes.size() < 2) continue;
    for (std::size_t only = 0; only < row.shapes.size(); ++only) {
      const Tensors x = inputs_of(row, DType::float64, [&](std::size_t i) { return i == only; });
      const GradcheckResult result = gradcheck([&] { return row.forward(x); }, {x[only]});
      INFO(row.name << ", input " << only << ": " << result.failure);
      CHECK(result.passed());
    }
  }
}

TEST_CASE("every op does in float32 what it does in float64") {
  for (const Case& row : all_cases()) {
    INFO(row.name);
    const auto always = [](std::size_t) { return true; };
    const Tensors narrow = inputs_of(row, DType::float32, always);
    const Tensors wide = inputs_of(row, DType::float64, always);
    const Tensor y = row.forward(narrow), exact = row.forward(wide);
    CHECK(y.dtype() == DType::float32);
    CHECK(test::distance(y.value().to(DType::float64), exact.value()) < 1e-5);
    const Array weights = random_array(y.shape(), 99);
    backward(y, weights.to(DType::float32));
    backward(exact, weights);
    for (std::size_t i = 0; i < wide.size(); ++i) {
      REQUIRE(narrow[i].grad().defined() == wide[i].grad().defined());
      if (wide[i].grad().defined())
        CHECK(test::distance(narrow[i].grad().to(DType::float64), wide[i].grad()) < 2e-5);
    }
  }
}

TEST_CASE("no op has wrong gradients after an input or its result was changed in place") {
  const auto always = [](std::size_t) { return true; };
  for (const Case& row : all_cases()) {
    const Tensors reference = inputs_of(row, DType::float64, always);
    const Tensor result = row.forward(reference);
    const Array weights = random_array(result.shape(), 99);
    backward(result, weights);
    for (std::size_t changed = 0; changed <= row.shapes.size(); ++changed) {
      INFO(row.name << ", " << changed);
      const Tensors x = inputs_of(row, DType::float64, always);
      const Tensor y = row.forward(x);
      (changed < x.size() ? x[changed] : y).value().fill(0.75);
      try {
        backward(y, weights);
      } catch (const Error& error) {
        INFO(error.what());
        CHECK(std::string(error.what()).find("backward of '") == 0);
        continue;
      }
      for (std::size_t i = 0; i < x.size(); ++i) {
        REQUIRE(x[i].grad().defined() == reference[i].grad().defined());
        if (x[i].grad().defined()) CHECK(test::distance(x[i].grad(), reference[i].grad()) == 0);
      }
    }
  }
}
