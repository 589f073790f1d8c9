#pragma once

#include <vector>

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/core/named_arrays.hpp"

namespace scanline::optim {

/// An exponential moving average of parameters, which often does better than their last values
/// (Polyak and Juditsky 1992): average = d * average + (1 - d) * parameter, where d is `decay`, but
/// at update t = 1, 2, ... at most (1 + t) / (10 + t), so that the average soon forgets the first,
/// random values.
class Ema {
 public:
  /// @throws Error unless 0 <= decay < 1, and when two parameters share elements.
  Ema(std::vector<Tensor> parameters, double decay);

  /// Updates the averages with the present values of the parameters. Call it after each step of the
  /// optimizer.
  void update();
  /// Exchanges the values of the parameters with the averages. Call it before validating or saving,
  /// and again before training continues.
  void swap();

  /// The averages, "0" for parameter 0, and the number of updates. Neither this function nor
  /// `load_state_dict` may be called while parameters and averages are exchanged.
  NamedArrays state_dict() const;
  /// @throws Error that lists every name that is missing, unexpected or misshapen; nothing is then
  ///   changed.
  void load_state_dict(const NamedArrays& values);

 private:
  std::vector<Tensor> parameters_;
  std::vector<Array> averages_;
  double decay_;
  Index updates_ = 0;
};

}  // namespace scanline::optim
