#pragma once

#include <vector>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/nn/module.hpp"
#include "tests/catch.hpp"

namespace scanline::test {

/// Holds the gradients of a layer's parameters and of its input against differences.
inline void check_gradients(nn::Layer& layer, const Tensor& x) {
  std::vector<Tensor> leaves = layer.parameters();
  leaves.push_back(x);
  const GradcheckResult result = gradcheck([&] { return layer(x); }, leaves);
  INFO(result.failure);
  CHECK(result.passed());
}

}  // namespace scanline::test
