#pragma once

#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/optim/optimizer.hpp"

namespace scanline::optim {

/// The options of Sgd; the defaults are PyTorch's.
struct SgdOptions {
  /// Momentum factor; 0: plain gradient descent.
  double momentum = 0;
  /// Whether to use Nesterov momentum.
  bool nesterov = false;
  /// L2 penalty: weight_decay * p is added to the gradient of a parameter p.
  double weight_decay = 0;

  /// Declares momentum and weight-decay.
  void declare(Fields& fields);
};

/// Stochastic gradient descent as torch.optim.SGD has it: with g = gradient + weight_decay * p and
/// the velocity v = momentum * v + g (v = g at first), p -= lr * v, or, with Nesterov's momentum,
/// p -= lr * (g + momentum * v) (Sutskever et al. 2013).
class Sgd : public Optimizer {
 public:
  /// The options.
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
