#pragma once

#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/optim/optimizer.hpp"

namespace scanline::optim {

/// The options of Sgd; the defaults are PyTorch's.
struct SgdOptions {
  /// How much of its velocity a parameter keeps; 0 for plain gradient descent.
  double momentum = 0;
  /// Whether to look ahead along the velocity.
  bool nesterov = false;
  /// Pull towards zero, added to the gradient.
  double weight_decay = 0;

  /// Declares momentum and weight-decay.
  void declare(Fields& fields);
};

/// Stochastic gradient descent as torch.optim.SGD has it: with g = gradient + weight_decay * p and
/// the velocity v = momentum * v + g (v = g at first), p -= lr * v, or, with Nesterov's momentum,
/// p -= lr * (g + momentum * v) (Sutskever et al. 2013).
class Sgd : public Optimizer {
 public:
  /// What it is tuned by.
  using Options = SgdOptions;
  /// @throws Error when a parameter requires no gradient, two share elements, a number is
  ///   negative or not finite, or nesterov is set without momentum.
  Sgd(std::vector<Tensor> parameters, double learning_rate, const Options& options = {});

 private:
  void update(std::size_t i, const Array& value, const Array& gradient) override;

  Options options_;
  std::vector<Array> velocity_;
};

}  // namespace scanline::optim
