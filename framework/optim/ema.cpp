#include "scanline/framework/optim/ema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/optim/check.hpp"
#include "scanline/framework/optim/distinct.hpp"

namespace scanline::optim {

Ema::Ema(std::vector<Tensor> parameters, double decay)
    : parameters_(std::move(parameters)), decay_(decay) {
  check_below_one("Ema", "decay", decay);
  check_distinct("Ema", parameters_);
  for (const Tensor& parameter : parameters_) averages_.push_back(parameter.value().copy());
}

void Ema::update() {
  const auto t = static_cast<double>(++updates_);
  const double decay = std::min(decay_, (1 + t) / (10 + t));
  parallel_for(static_cast<Index>(parameters_.size()), [&](Index number) {
    const auto i = static_cast<std::size_t>(number);
    dispatch("ema", averages_[i].dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* p = parameters_[i].value().data<T>();
      T* average = averages_[i].data<T>();
      for (Index k = 0; k < averages_[i].size(); ++k)
        average[k] += static_cast<T>(1 - decay) * (p[k] - average[k]);
    });
    averages_[i].mark_changed();
  });
}

void Ema::swap() {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    dispatch("ema", averages_[i].dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* p = parameters_[i].value().data<T>();
      std::swap_ranges(p, p + averages_[i].size(), averages_[i].data<T>());
    });
    parameters_[i].value().mark_changed();
    averages_[i].mark_changed();
  }
}

NamedArrays Ema::state_dict() const {
  NamedArrays values;
  for (std::size_t i = 0; i < averages_.size(); ++i)
    values.emplace(fmt::to_string(i), averages_[i]);
  values.emplace("updates", Array::scalar(static_cast<double>(updates_), DType::int64));
  return values;
}

void Ema::load_state_dict(const NamedArrays& values) {
  const NamedArrays own = state_dict();
  copy_by_name("averaged weights", values, own);
  updates_ = *own.at("updates").data<std::int64_t>();
}

}  // namespace scanline::optim
