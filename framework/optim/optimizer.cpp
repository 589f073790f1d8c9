#include "scanline/framework/optim/optimizer.hpp"

#include <fmt/format.h>

#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/optim/check.hpp"
#include "scanline/framework/optim/distinct.hpp"

namespace scanline::optim {

Optimizer::Optimizer(const char* name, std::vector<Tensor> parameters, double learning_rate)
    : name_(name), parameters_(std::move(parameters)) {
  set_learning_rate(learning_rate);
  check_distinct(name, parameters_);
  for (const Tensor& parameter : parameters_)
    if (!parameter.requires_grad()) throw Error("optimizer: a parameter requires no gradient");
}

void Optimizer::step() {
  ++step_count_;
  // Parameters do not know of each other.
  parallel_for(static_cast<Index>(parameters_.size()), [&](Index number) {
    const auto i = static_cast<std::size_t>(number);
    const Array gradient = parameters_[i].grad();
    if (!gradient.defined()) return;
    update(i, parameters_[i].value(), gradient);
    parameters_[i].value().mark_changed();
  });
}

void Optimizer::zero_grad() const {
  parallel_for(static_cast<Index>(parameters_.size()),
               [&](Index i) { parameters_[static_cast<std::size_t>(i)].zero_grad(); });
}

void Optimizer::set_learning_rate(double learning_rate) {
  check_not_negative(name_, "learning rate", learning_rate);
  learning_rate_ = learning_rate;
}

NamedArrays Optimizer::state_dict() const {
  NamedArrays values = memory_;
  values.emplace("steps", Array::scalar(static_cast<double>(step_count_), DType::int64));
  return values;
}

void Optimizer::load_state_dict(const NamedArrays& values) {
  const NamedArrays own = state_dict();
  copy_by_name("optimizer", values, own);
  step_count_ = *own.at("steps").data<std::int64_t>();
}

std::vector<Array> Optimizer::memory(const std::string& name) {
  std::vector<Array> result;
  for (const Tensor& parameter : parameters_) {
    const Array array = Array::zeros(parameter.shape(), parameter.dtype());
    memory_.emplace(fmt::format("{}.{}", name, result.size()), array);
    result.push_back(array);
  }
  return result;
}

}  // namespace scanline::optim
