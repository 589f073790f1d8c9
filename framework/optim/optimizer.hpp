#pragma once

#include <string>
#include <vector>

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/core/named_arrays.hpp"

namespace scanline::optim {

/// Updates parameters in place with their gradients. The update rules are PyTorch's, so that the
/// same gradients lead to the same weights.
class Optimizer {
 public:
  /// `name` is the name of the class in error messages. It must outlive the optimizer, as a literal
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

  /// The optimizer's state, which is what training needs to continue exactly here: the number of
  /// steps, and arrays such as "moment.0" for parameter 0, which share storage with the optimizer.
  NamedArrays state_dict() const;
  /// @throws Error that lists every name that is missing, unexpected or misshapen; the optimizer is
  ///   then unchanged.
  void load_state_dict(const NamedArrays& values);

  /// The learning rate of the next step.
  double learning_rate() const { return learning_rate_; }
  /// Sets the learning rate, as a schedule asks for before each step. @throws Error when it is
  /// negative or not finite.
  void set_learning_rate(double learning_rate);

 protected:
  /// Updates parameter number `i` in place. `step` calls this once for each parameter that has a
  /// gradient.
  virtual void update(std::size_t i, const Array& value, const Array& gradient) = 0;

  /// The parameters that it trains, in the order in which they were given.
  const std::vector<Tensor>& parameters() const { return parameters_; }
  /// Makes one array of zeros for each parameter. The arrays are a part of the optimizer's state,
  /// under this name.
  std::vector<Array> memory(const std::string& name);
  /// The number of updates that have begun, including the present one.
  Index step_count() const { return step_count_; }

 private:
  const char* name_;
  std::vector<Tensor> parameters_;
  double learning_rate_ = 0;
  Index step_count_ = 0;
  NamedArrays memory_;
};

}  // namespace scanline::optim
