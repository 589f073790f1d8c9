#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline::test {

using Tensors = std::vector<Tensor>;

/// A row of the table of gradient checks: an op as a function of its inputs, their shapes, and the
/// range from which their elements are drawn.
struct GradientCase {
  std::string name;
  std::function<Tensor(const Tensors&)> forward;
  std::vector<Shape> shapes;
  double low = -1, high = 1;
};

// The rows of all ops, by the headers of these.
std::vector<GradientCase> elementwise_cases();
std::vector<GradientCase> activation_cases();
std::vector<GradientCase> reduction_cases();
std::vector<GradientCase> movement_cases();
std::vector<GradientCase> matmul_cases();
std::vector<GradientCase> loss_cases();
std::vector<GradientCase> recurrent_cases();
std::vector<GradientCase> image_cases();

}  // namespace scanline::test
