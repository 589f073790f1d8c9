#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "scanline/framework/optim/optimizer.hpp"
#include "tests/catch.hpp"

namespace scanline::test {

using Values = std::vector<double>;
using MakeOptimizer = std::function<std::unique_ptr<optim::Optimizer>(std::vector<Tensor>)>;

inline Tensor vector_of(const Values& values, DType dtype, bool requires_grad = false) {
  return Tensor(Array::from(values).to(dtype), requires_grad);
}

inline Values values_of(const Array& array) {
  Values result;
  for (Index i = 0; i < array.size(); ++i) result.push_back(array.at(i));
  return result;
}

/// The problem of make_expected.py, whose optimum the optimizers approach. After half of the steps
/// another optimizer goes on, if `change` says so, from the state of the first.
inline Values trajectory(const MakeOptimizer& make, DType dtype, bool change = false) {
  const Tensor curvature = vector_of({0.5, 1, 2, 4}, dtype),
               target = vector_of({1, -1, 0.5, -2}, dtype);
  const Tensor p = vector_of({0.3, 0.6, -0.4, 0.2}, dtype, /*requires_grad=*/true);
  auto optimizer = make({p});
  for (int step = 0; step < 50; ++step) {
    if (change && step == 25) {
      const auto first = std::exchange(optimizer, make({p}));
      optimizer->load_state_dict(first->state_dict());
    }
    optimizer->zero_grad();
    const Tensor distance = p - target;
    const Tensor product = slice(p, 0, 0, 1) * slice(p, 0, 1, 2) * slice(p, 0, 2, 3);
    // The sine's gradient by hand, since there is no such op: d sin(u) = cos(u) du.
    const Tensor tangent = product * std::cos(product.item());
    (sum(curvature * distance * distance) + sum(tangent)).backward();
    optimizer->step();
  }
  return values_of(p.value());
}

inline void check_close(const Values& found, const Values& wanted, double tolerance) {
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("element " << i);
    CHECK(std::abs(found[i] - wanted[i]) <= tolerance * std::max(1.0, std::abs(wanted[i])));
  }
}

/// An optimizer goes where PyTorch's goes, and goes on from its state.
template <class Optimizer>
void check_trajectory(double learning_rate, const typename Optimizer::Options& options,
                      const Values& wanted) {
  const MakeOptimizer make = [=](std::vector<Tensor> parameters) {
    return std::make_unique<Optimizer>(std::move(parameters), learning_rate, options);
  };
  check_close(trajectory(make, DType::float64), wanted, 1e-10);
  check_close(trajectory(make, DType::float32), wanted, 1e-5);
  CHECK(trajectory(make, DType::float32, /*change=*/true) == trajectory(make, DType::float32));
}

}  // namespace scanline::test
