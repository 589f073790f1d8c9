#pragma once

#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/optim/optimizer.hpp"

namespace scanline::optim {

/// The options of RmsProp; the defaults are PyTorch's.
struct RmsPropOptions {
  /// Decay rate of the running average of squared gradients.
  double alpha = 0.99;
  /// Added to the denominator, which keeps the quotient finite.
  double epsilon = 1e-8;
  /// Momentum factor; 0: no momentum.
  double momentum = 0;
  /// L2 penalty: weight_decay * p is added to the gradient of a parameter p.
  double weight_decay = 0;

  /// Declares momentum and weight-decay.
  void declare(Fields& fields);
};

/// RMSprop (Tieleman and Hinton 2012) as torch.optim.RMSprop has it: with
/// g = gradient + weight_decay * p and the running square s = alpha * s + (1 - alpha) * g^2, the
/// step is u = g / (sqrt(s) + epsilon), the velocity v = momentum * v + u, and p -= lr * v.
class RmsProp : public Optimizer {
 public:
  /// The options.
  using Options = RmsPropOptions;
  /// @throws Error when a parameter requires no gradient, two share elements, alpha is not
  ///   from 0 to below 1, or another number is negative or not finite.
  RmsProp(std::vector<Tensor> parameters, double learning_rate, const Options& options = {});

 private:
  void update(std::size_t i, const Array& value, const Array& gradient) override;

  Options options_;
  std::vector<Array> square_;
  std::vector<Array> velocity_;
};

}  // namespace scanline::optim
