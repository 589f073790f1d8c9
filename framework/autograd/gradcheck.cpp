#include "scanline/framework/autograd/gradcheck.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"

namespace scanline {
namespace {

constexpr double step = 1e-5;

/// Weights without symmetries, so that errors in different elements do not cancel out.
Array irregular_weights(const Shape& shape) {
  Array weights(shape, DType::float64);
  for (Index i = 0; i < weights.size(); ++i)
    weights.data<double>()[i] = 0.5 + std::sin(1 + 1.7 * static_cast<double>(i));
  return weights;
}

double weighted_sum(const std::function<Tensor()>& forward) {
  const NoGrad no_grad;
  const Array value = forward().value();
  const Array weights = irregular_weights(value.shape());
  double sum = 0;
  for (Index i = 0; i < value.size(); ++i) sum += value.at(i) * weights.at(i);
  return sum;
}

}  // namespace

GradcheckResult gradcheck(const std::function<Tensor()>& forward, const std::vector<Tensor>& leaves,
                          double tolerance) {
  for (const Tensor& leaf : leaves) {
    check_defined("gradcheck", leaf);
    if (leaf.dtype() != DType::float64 || !leaf.requires_grad())
      throw Error("gradcheck: leaves must be float64 and require a gradient");
    leaf.zero_grad();
  }
  const Tensor result = forward();
  backward(result, irregular_weights(result.shape()));

  GradcheckResult report;
  for (std::size_t l = 0; l < leaves.size(); ++l) {
    const Array gradient = leaves[l].grad();
    double* values = leaves[l].value().data<double>();
    for (Index i = 0; i < leaves[l].value().size(); ++i) {
      const double value = values[i];
      values[i] = value + step;
      const double above = weighted_sum(forward);
      values[i] = value - step;
      const double below = weighted_sum(forward);
      values[i] = value;
      const double numeric = (above - below) / (2 * step);
      const double analytic = gradient.defined() ? gradient.at(i) : 0;
      const double error = std::abs(analytic - numeric) / std::max(1.0, std::abs(numeric));
      if (error > report.worst_error) report.worst_error = error;
      // The negation also catches a NaN, which compares false with everything.
      if (!(error <= tolerance) && report.passed())
        report.failure = fmt::format("leaf {}, element {}: gradient {} but differences give {}", l,
                                     i, analytic, numeric);
    }
  }
  return report;
}

}  // namespace scanline
