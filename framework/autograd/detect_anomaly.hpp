#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "scanline/framework/autograd/op_observer.hpp"

namespace scanline {

/// While a DetectAnomaly is alive, the first op on this thread that computes an infinity or NaN
/// throws an Error, and so does the first backward function. The Error names the op and its layer,
/// and says whether the op was given such a number already:
///
///     const DetectAnomaly detect_anomaly;
///     const Tensor loss = cross_entropy(network(images), labels);
///     loss.backward();
///
/// The check reads every result and gradient, so a training step takes longer. In PyTorch,
/// `torch.autograd.detect_anomaly()` does this for gradients. A mask of minus infinities is
/// reported, too; use numbers such as -1e9 instead.
class DetectAnomaly : public OpObserver {
 public:
  /// Begins to check.
  DetectAnomaly();

  /// @throws Error when a result is not finite.
  void after_op(const char* op, const std::vector<Tensor>& inputs, std::span<const Array> results,
                const Node* node) override;
  /// @throws Error when the gradient of an input is not finite.
  void after_backward(const Node& node) override;

 private:
  std::unordered_map<std::uint64_t, std::string> layers_;  // of the nodes, by their numbers
};

}  // namespace scanline
