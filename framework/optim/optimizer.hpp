#pragma once

#include <vector>

#include "framework/autograd/tensor.hpp"

namespace scanline::optim {

/// Changes parameters in place by what their gradients say. The update rules are PyTorch's, so that
/// the same gradients lead to the same weights.
class Optimizer {
 public:
  /// @throws Error when a parameter requires no gradient.
  Optimizer(std::vector<Tensor> parameters, double learning_rate);
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Updates each parameter that has a gradient.
  void step();
  /// Sets all gradients to zero.
  void zero_grad() const;

  double learning_rate() const { return learning_rate_; }
  void set_learning_rate(double learning_rate) { learning_rate_ = learning_rate; }

 protected:
  /// Updates parameter number `i` in place. Called once per step for each that has a gradient.
  virtual void update(std::size_t i, const Array& value, const Array& gradient) = 0;

  const std::vector<Tensor>& parameters() const { return parameters_; }
  /// One array of zeros for each parameter: what an optimizer remembers of it.
  std::vector<Array> zeros_like_parameters() const;
  /// Updates begun, the present one included.
  Index step_count() const { return step_count_; }

 private:
  std::vector<Tensor> parameters_;
  double learning_rate_;
  Index step_count_ = 0;
};

}  // namespace scanline::optim
