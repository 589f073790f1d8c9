#include "scanline/framework/ops/loss.hpp"

#include <cmath>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/composed.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/gather.hpp"
#include "scanline/framework/ops/reduce.hpp"

namespace scanline {
namespace {

/// The mean of all elements, times the reciprocal of their number. `mean` divides, which rounds the
/// gradients of a smoothed loss otherwise: this keeps the results of training what they were.
Tensor scaled_sum(const Tensor& x) { return sum(x) * (1 / static_cast<double>(x.value().size())); }

/// @throws Error in the name of `op` unless logits, targets and weight fit each other.
void check_classification(const char* op, const Tensor& logits, const Array& targets,
                          const Array& weight) {
  check_defined(op, logits, targets);
  check_floating(op, logits.dtype());
  if (logits.rank() != 2 || targets.shape() != Shape{logits.size(0)})
    throw Error(fmt::format("{}: needs logits (N, C) and targets (N,), got {} and {}", op,
                            logits.shape(), targets.shape()));
  if (targets.dtype() != DType::int64)
    throw Error(fmt::format("{}: needs int64 targets, got {}", op, name(targets.dtype())));
  for (Index i = 0; i < targets.size(); ++i)
    if (const std::int64_t target = targets.data<std::int64_t>()[i];
        target < 0 || target >= logits.size(1))
      throw Error(fmt::format("{}: target {} is not within [0, {})", op, target, logits.size(1)));
  if (!weight.defined()) return;
  check_same_dtype(op, logits.dtype(), weight.dtype());
  if (weight.shape() != Shape{logits.size(1)})
    throw Error(fmt::format("{}: needs a weight for each of {} classes, got {}", op, logits.size(1),
                            weight.shape()));
}

/// What each example has along axis 1 at its target: (N, C) -> (N, 1).
Tensor at_targets(const Tensor& x, const Array& targets) {
  return gather(x, targets.reshape({targets.size(), 1}), 1);
}

/// The weights of the targets, and their sum.
struct TargetWeights {
  Tensor each;  // (N, 1)
  double sum = 0;
};

TargetWeights weights_of(const Array& targets, const Array& weight) {
  const Array each({targets.size(), 1}, weight.dtype());
  double sum = 0;
  dispatch("weight", weight.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (Index i = 0; i < targets.size(); ++i) {
      const T own = weight.data<T>()[targets.data<std::int64_t>()[i]];
      each.data<T>()[i] = own;
      sum += static_cast<double>(own);
    }
  });
  return {Tensor(each), sum};
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Array& targets, double label_smoothing,
                     const Array& weight) {
  check_classification("cross_entropy", logits, targets, weight);
  if (!(label_smoothing >= 0 && label_smoothing <= 1))
    throw Error(
        fmt::format("cross_entropy: label smoothing {} is not within [0, 1]", label_smoothing));
  const Tensor log_probabilities = log_softmax(logits, 1);
  const Tensor of_targets = at_targets(log_probabilities, targets);
  if (!weight.defined()) {
    const Tensor target_part = scaled_sum(of_targets);
    if (label_smoothing == 0) return -target_part;
    // The mean over classes as well is what the uniform part's 1 / C asks for.
    return -(target_part * (1 - label_smoothing) + scaled_sum(log_probabilities) * label_smoothing);
  }
  const TargetWeights weights = weights_of(targets, weight);
  const Tensor target_part = sum(of_targets * weights.each);
  if (label_smoothing == 0) return target_part / -weights.sum;
  const double share = label_smoothing / static_cast<double>(logits.size(1));
  const Tensor uniform_part = sum(log_probabilities * Tensor(weight));
  return (target_part * (1 - label_smoothing) + uniform_part * share) / -weights.sum;
}

Tensor focal_loss(const Tensor& logits, const Array& targets, double gamma, const Array& weight) {
  check_classification("focal_loss", logits, targets, weight);
  if (!(gamma >= 0 && std::isfinite(gamma)))
    throw Error(fmt::format("focal_loss: gamma {} is negative or not finite", gamma));
  const Tensor log_p = at_targets(log_softmax(logits, 1), targets);
  // Where p is 1, the power of 0 has no finite gradient if gamma is below 1.
  constexpr double smallest = 1e-7;
  const Tensor losses = power(1 + smallest - exp(log_p), gamma) * log_p;
  if (!weight.defined()) return -mean(losses);
  const TargetWeights weights = weights_of(targets, weight);
  return sum(losses * weights.each) / -weights.sum;
}

Tensor mse_loss(const Tensor& prediction, const Tensor& target) {
  return composed("mse_loss", [&] {
    const Tensor difference = prediction - target;
    return mean(difference * difference);
  });
}

Tensor l1_loss(const Tensor& prediction, const Tensor& target) {
  return composed("l1_loss", [&] { return mean(abs(prediction - target)); });
}

}  // namespace scanline
