#include "scanline/framework/ops/loss.hpp"

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

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Array& targets, double label_smoothing) {
  check_defined("cross_entropy", logits, targets);
  check_floating("cross_entropy", logits.dtype());
  if (logits.rank() != 2 || targets.shape() != Shape{logits.size(0)})
    throw Error(fmt::format("cross_entropy: needs logits (N, C) and targets (N,), got {} and {}",
                            logits.shape(), targets.shape()));
  if (targets.dtype() != DType::int64)
    throw Error(fmt::format("cross_entropy: needs int64 targets, got {}", name(targets.dtype())));
  for (Index i = 0; i < targets.size(); ++i)
    if (const std::int64_t target = targets.data<std::int64_t>()[i];
        target < 0 || target >= logits.size(1))
      throw Error(
          fmt::format("cross_entropy: target {} is not within [0, {})", target, logits.size(1)));
  if (!(label_smoothing >= 0 && label_smoothing <= 1))
    throw Error(
        fmt::format("cross_entropy: label smoothing {} is not within [0, 1]", label_smoothing));
  const Tensor log_probabilities = log_softmax(logits, 1);
  const Array target_column = targets.reshape({targets.size(), 1});
  const Tensor target_part = scaled_sum(gather(log_probabilities, target_column, 1));
  if (label_smoothing == 0) return -target_part;
  // The mean over classes as well is what the uniform part's 1 / C asks for.
  return -(target_part * (1 - label_smoothing) + scaled_sum(log_probabilities) * label_smoothing);
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
