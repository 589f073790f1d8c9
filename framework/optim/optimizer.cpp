#include "framework/optim/optimizer.hpp"

#include <utility>

#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"

namespace scanline::optim {

Optimizer::Optimizer(std::vector<Tensor> parameters, double learning_rate)
    : parameters_(std::move(parameters)), learning_rate_(learning_rate) {
  for (const Tensor& parameter : parameters_)
    if (!parameter.requires_grad()) throw Error("optimizer: a parameter requires no gradient");
}

void Optimizer::step() {
  ++step_count_;
  // Parameters do not know of each other.
  parallel_for(static_cast<Index>(parameters_.size()), [&](Index number) {
    const auto i = static_cast<std::size_t>(number);
    if (const Array gradient = parameters_[i].grad(); gradient.defined())
      update(i, parameters_[i].value(), gradient);
  });
}

void Optimizer::zero_grad() const {
  for (const Tensor& parameter : parameters_) parameter.zero_grad();
}

std::vector<Array> Optimizer::zeros_like_parameters() const {
  std::vector<Array> result;
  for (const Tensor& parameter : parameters_)
    result.push_back(Array::zeros(parameter.shape(), parameter.dtype()));
  return result;
}

}  // namespace scanline::optim
