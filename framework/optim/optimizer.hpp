#pragma once

#include <string>
#include <vector>

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/core/named_arrays.hpp"

namespace scanline::optim {

/// Changes parameters in place by what their gradients say. The update rules are PyTorch's, so that
/// the same gradients lead to the same weights.
class Optimizer {
 public:
  /// `name` is that of the class, for error messages, and must outlive the optimizer, as a literal
  /// does.
  /// @throws Error when a parameter requires no gradient, two share elements, or the learning rate
  ///   is negative or not finite.
  Optimizer(const char* name, std::vector<Tensor> parameters, double learning_rate);
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Updates each parameter that has a gradient.
  void step();
  /// Sets all gradients to zero.
  void zero_grad() const;

  /// All that the optimizer remembers, to go on from exactly here: the number of steps, and arrays
  /// such as "moment.0" for parameter 0, which share storage with the optimizer.
  NamedArrays state_dict() const;
  /// @throws Error that lists every name that is missing, unexpected or misshapen; the optimizer is
  ///   then unchanged.
  void load_state_dict(const NamedArrays& values);

  /// That of the next step.
  double learning_rate() const { return learning_rate_; }
  /// A schedule calls this before each step. @throws Error when it is negative or not finite.
  void set_learning_rate(double learning_rate);

 protected:
  /// Updates parameter number `i` in place. Called once per step for each that has a gradient.
  virtual void update(std::size_t i, const Array& value, const Array& gradient) = 0;

  /// What it trains, in the order in which it was given.
  const std::vector<Tensor>& parameters() const { return parameters_; }
  /// One array of zeros for each parameter: what an optimizer remembers of it, under this name.
  std::vector<Array> memory(const std::string& name);
  /// Updates begun, the present one included.
  Index step_count() const { return step_count_; }

 private:
  const char* name_;
  std::vector<Tensor> parameters_;
  double learning_rate_ = 0;
  Index step_count_ = 0;
  NamedArrays memory_;
};

}  // namespace scanline::optim
