#include "scanline/framework/ops/ctc.hpp"

#include <algorithm>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/ops/detail/ctc_lattice.hpp"

namespace scanline {
namespace {

/// Sizes and lengths of a batch, and a copy of its labels.
struct Batch {
  Index steps, rows, classes;
  Array targets;  // (rows, labels), int64
  Lengths input_lengths, target_lengths;

  std::span<const std::int64_t> labels(Index row) const {
    return {targets.data<std::int64_t>() + row * targets.shape()[1],
            static_cast<std::size_t>(target_lengths[static_cast<std::size_t>(row)])};
  }
};

void check_shapes(const Tensor& log_probs, const Array& targets) {
  check_defined("ctc_loss", log_probs, targets);
  check_floating("ctc_loss", log_probs.dtype());
  if (log_probs.rank() != 3 || log_probs.size(0) == 0 || targets.rank() != 2 ||
      targets.shape()[0] != log_probs.size(1))
    throw Error(
        fmt::format("ctc_loss: needs log_probs (T, B, C) of at least one step and targets (B, S), "
                    "got {} and {}",
                    log_probs.shape(), targets.shape()));
  if (targets.dtype() != DType::int64)
    throw Error(fmt::format("ctc_loss: needs int64 targets, got {}", name(targets.dtype())));
}

void check_labels(const Batch& batch, Index blank) {
  const Lengths& counts = batch.target_lengths;
  const Index most = batch.targets.shape()[1];
  if (static_cast<Index>(counts.size()) != batch.rows ||
      !std::all_of(counts.begin(), counts.end(), [&](Index n) { return n >= 0 && n <= most; }))
    throw Error(fmt::format("ctc_loss: needs {} target lengths from 0 to {}", batch.rows, most));
  if (blank < 0 || blank >= batch.classes)
    throw Error(fmt::format("ctc_loss: blank {} is not within [0, {})", blank, batch.classes));
  for (Index row = 0; row < batch.rows; ++row)
    for (const std::int64_t label : batch.labels(row))
      if (label < 0 || label >= batch.classes || label == blank)
        throw Error(fmt::format("ctc_loss: label {} is not within [0, {}) without the blank {}",
                                label, batch.classes, blank));
}

Batch check_batch(const Tensor& log_probs, const Array& targets, const Lengths& input_lengths,
                  const Lengths& target_lengths, Index blank) {
  check_shapes(log_probs, targets);
  Batch batch{.steps = log_probs.size(0),
              .rows = log_probs.size(1),
              .classes = log_probs.size(2),
              .targets = targets.copy(),
              .input_lengths = input_lengths,
              .target_lengths = target_lengths};
  check_lengths("ctc_loss", input_lengths, batch.steps, batch.rows);
  const auto rows = static_cast<std::size_t>(batch.rows);
  if (input_lengths.empty()) batch.input_lengths.assign(rows, batch.steps);
  if (target_lengths.empty()) batch.target_lengths.assign(rows, targets.shape()[1]);
  check_labels(batch, blank);
  return batch;
}

/// Adds the probability that an alignment of the labels names class c at step t to posterior
/// (t, c), whose rows are `stride` elements apart. NaN if there is no alignment.
template <class T>
void add_posteriors(const CtcLattice<T>& lattice, Index steps, const std::vector<double>& forward,
                    double total, T* posterior, Index stride) {
  const std::vector<double> backward = lattice.backward();
  for (Index t = 0; t < steps; ++t)
    for (Index state = 0; state < lattice.states(); ++state) {
      const auto i = static_cast<std::size_t>(t * lattice.states() + state);
      posterior[t * stride + lattice.label(state)] +=
          static_cast<T>(std::exp(forward[i] + backward[i] - total));
    }
}

/// Computes the losses (B,) and, if `posteriors` (T, B, C) is defined, adds the posteriors to it.
template <class T>
Array losses(const Tensor& log_probs, const Batch& batch, const CtcOptions& options,
             const Array& posteriors) {
  const Array result({batch.rows}, log_probs.dtype());
  const Index stride = batch.rows * batch.classes;
  parallel_for(batch.rows, [&](Index row) {
    const Index steps = batch.input_lengths[static_cast<std::size_t>(row)];
    const CtcLattice<T> lattice(log_probs.value().data<T>() + row * batch.classes, stride, steps,
                                batch.labels(row), options.blank);
    const std::vector<double> forward = lattice.forward();
    const double total = lattice.total(forward);
    const bool is_left_out = options.zero_infinity && total == log_zero;
    result.data<T>()[row] = is_left_out ? T{0} : static_cast<T>(-total);
    if (posteriors.defined() && !is_left_out)
      add_posteriors(lattice, steps, forward, total, posteriors.data<T>() + row * batch.classes,
                     stride);
  });
  return result;
}

/// The factor of each loss in the result.
std::vector<double> weights(const Batch& batch, Reduction reduction) {
  std::vector<double> result(static_cast<std::size_t>(batch.rows), 1);
  if (reduction == Reduction::mean)
    for (std::size_t row = 0; row < result.size(); ++row)
      result[row] = 1 / static_cast<double>(std::max<Index>(batch.target_lengths[row], 1)) /
                    static_cast<double>(batch.rows);
  return result;
}

}  // namespace

Tensor ctc_loss(const Tensor& log_probs, const Array& targets, const Lengths& input_lengths,
                const Lengths& target_lengths, const CtcOptions& options) {
  const Batch batch = check_batch(log_probs, targets, input_lengths, target_lengths, options.blank);
  const DType dtype = log_probs.dtype();
  const Array posteriors =
      is_recorded({log_probs}) ? Array::zeros(log_probs.shape(), dtype) : Array();
  const std::vector<double> factors = weights(batch, options.reduction);
  const bool is_reduced = options.reduction != Reduction::none;
  Array result;
  dispatch("ctc_loss", dtype, [&]<class T>(T) {
    result = losses<T>(log_probs, batch, options, posteriors);
    if (!is_reduced) return;
    double sum = 0;
    for (Index row = 0; row < batch.rows; ++row)
      sum += factors[static_cast<std::size_t>(row)] * static_cast<double>(result.data<T>()[row]);
    result = Array::scalar(sum, dtype);
  });
  return make_op("ctc_loss", {log_probs}, result, [=](const Array& grad, InputGrads& inputs) {
    dispatch("ctc_loss", dtype, [&]<class T>(T) {
      T* dx = inputs[0].data<T>();
      const T* posterior = posteriors.data<T>();
      const Index classes = posteriors.shape()[2];
      for (Index i = 0; i < posteriors.size(); ++i) {
        const Index row = i / classes % posteriors.shape()[1];
        const auto factor = static_cast<T>(factors[static_cast<std::size_t>(row)]);
        dx[i] -= grad.data<T>()[is_reduced ? 0 : row] * factor * posterior[i];
      }
    });
  });
}

}  // namespace scanline
