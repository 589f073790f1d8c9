#pragma once

#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/optim/optimizer.hpp"

namespace scanline::optim {

/// The options of RmsProp; the defaults are PyTorch's.
struct RmsPropOptions {
  /// How slowly the running square forgets.
  double alpha = 0.99;
  /// Keeps the quotient finite.
  double epsilon = 1e-8;
  /// How much of its velocity a parameter keeps.
  double momentum = 0;
  /// Pull towards zero, added to the gradient.
  double weight_decay = 0;

  /// Declares momentum and weight-decay.
  void declare(Fields& fields);
};

/// RMSprop (Tieleman and Hinton 2012) as torch.optim.RMSprop has it: with
/// g = gradient + weight_decay * p and the running square s = alpha * s + (1 - alpha) * g^2, the
/// step is u = g / (sqrt(s) + epsilon), the velocity v = momentum * v + u, and p -= lr * v.
class RmsProp : public Optimizer {
 public:
  /// What it is tuned by.
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
