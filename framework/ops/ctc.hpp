#pragma once

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/ops/recurrent.hpp"

namespace scanline {

/// How the losses of the rows of a batch become the result of a loss, as in PyTorch.
enum class Reduction {
  none,  ///< They stay apart.
  mean,  ///< Their mean.
  sum    ///< Their sum.
};

/// The options of `ctc_loss`. The defaults are PyTorch's.
struct CtcOptions {
  /// The class that stands for no label.
  Index blank = 0;
  /// With `mean`, each loss is first divided by the number of its labels, if there are any.
  Reduction reduction = Reduction::mean;
  /// Whether a loss that is infinite, and its gradient, count as 0.
  bool zero_infinity = false;
};

/// The connectionist temporal classification loss (Graves et al. 2006), as PyTorch computes it:
/// -log of the probability of the labels, summed over all of their alignments with the steps. An
/// alignment names a class for each step. It stands for the labels that are left when repetitions
/// are merged and blanks are removed. docs/ctc.md derives the loss and its gradient.
///
/// log_probs (T, B, C) are log-probabilities, as `log_softmax` computes them. targets (B, S) int64
/// has the labels of each row, without blanks. Row b has input_lengths[b] steps from 1 to T, and
/// target_lengths[b] labels from 0 to S; empty lengths mean all steps or labels. What is behind
/// them is ignored. Returns a scalar, or (B,) without a reduction.
///
/// The loss of labels for which there are too few steps is infinite, and its gradient is NaN. The
/// gradient is that of independent log-probabilities. PyTorch adds exp(log_probs) to it, which
/// `log_softmax` cancels: through it, the gradients are equal. Sums are computed in float64. Rows
/// are computed in parallel.
/// @throws Error when shapes, types or lengths do not fit, and for a label outside [0, C) or equal
///   to the blank.
Tensor ctc_loss(const Tensor& log_probs, const Array& targets, const Lengths& input_lengths = {},
                const Lengths& target_lengths = {}, const CtcOptions& options = {});

}  // namespace scanline
