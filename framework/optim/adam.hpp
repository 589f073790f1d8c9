#pragma once

#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/optim/optimizer.hpp"

namespace scanline::optim {

/// The options of Adam; the defaults are PyTorch's.
struct AdamOptions {
  /// Decay rate of the running average of gradients.
  double beta1 = 0.9;
  /// Decay rate of the running average of squared gradients.
  double beta2 = 0.999;
  /// Added to the denominator, which keeps the quotient finite.
  double epsilon = 1e-8;
  /// L2 penalty: weight_decay * p is added to the gradient of a parameter p.
  double weight_decay = 0;

  /// Declares beta2 and weight-decay.
  void declare(Fields& fields);
};

/// The options of AdamW; the defaults are PyTorch's.
struct AdamWOptions {
  /// Decay rate of the running average of gradients.
  double beta1 = 0.9;
  /// Decay rate of the running average of squared gradients.
  double beta2 = 0.999;
  /// Added to the denominator, which keeps the quotient finite.
  double epsilon = 1e-8;
  /// Decoupled weight decay: a parameter is multiplied by 1 - lr * weight_decay.
  double weight_decay = 0.01;

  /// Declares beta2 and weight-decay.
  void declare(Fields& fields);
};

/// Adam (Kingma and Ba 2015, arXiv 1412.6980) as torch.optim.Adam has it: with
/// g = gradient + weight_decay * p, the running moments are m = beta1 * m + (1 - beta1) * g and
/// s = beta2 * s + (1 - beta2) * g^2, and at step t
/// p -= lr / (1 - beta1^t) * m / (sqrt(s) / sqrt(1 - beta2^t) + epsilon).
class Adam : public Optimizer {
 public:
  /// The options.
  using Options = AdamOptions;
  /// @throws Error when a parameter requires no gradient, two share elements, a beta is not
  ///   from 0 to below 1, or another number is negative or not finite.
  Adam(std::vector<Tensor> parameters, double learning_rate, const Options& options = {});

 protected:
  /// For a variant of that name, with options that were checked.
  Adam(const char* name, std::vector<Tensor> parameters, double learning_rate,
       const Options& options);
  void update(std::size_t i, const Array& value, const Array& gradient) override;

 private:
  Options options_;
  std::vector<Array> moment_;
  std::vector<Array> square_;
};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101) as
/// torch.optim.AdamW has it: p is first scaled by 1 - lr * weight_decay, then updated as Adam does
/// without decay.
class AdamW : public Adam {
 public:
  /// The options. Weight decay means something else than in Adam and has another default.
  using Options = AdamWOptions;
  /// @throws Error as Adam does.
  AdamW(std::vector<Tensor> parameters, double learning_rate, const Options& options = {});

 private:
  void update(std::size_t i, const Array& value, const Array& gradient) override;

  double weight_decay_;
};

}  // namespace scanline::optim
