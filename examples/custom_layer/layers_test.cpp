// Holds the gradients of the op and of each layer against differences, in float64.

#include "layers.hpp"

#include <cstdio>
#include <string>
#include <vector>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"

using namespace custom_layer;

namespace {

/// Normal random numbers that require a gradient.
Tensor random_leaf(const Shape& shape) {
  return Tensor(init::normal(shape, 1).to(DType::float64), /*requires_grad=*/true);
}

/// Gives all parameters random values, since those that start at 0 or 1 hide mistakes, and returns
/// them, and x, for `gradcheck`.
std::vector<Tensor> random_leaves(nn::Module& module, const Tensor& x) {
  for (const Tensor& parameter : module.parameters())
    parameter.set_value(init::normal(parameter.shape(), 0.5));
  module.to(DType::float64);
  std::vector<Tensor> leaves = module.parameters();
  leaves.push_back(x);
  return leaves;
}

void check(const std::string& name, const GradcheckResult& result) {
  if (!result.passed()) throw Error(name + ": " + result.failure);
  std::printf("%s: gradients are right to %.1g\n", name.c_str(), result.worst_error);
}

}  // namespace

int main() try {
  const Tensor x = random_leaf({3, 5});
  check("softsign", gradcheck([&] { return softsign(x); }, {x}));

  // [gradcheck]
  GatedResidual residual(5);
  residual.to(DType::float64);
  std::vector<Tensor> leaves = residual.parameters();
  leaves.push_back(x);
  check("GatedResidual", gradcheck([&] { return softsign(residual(x)); }, leaves));
  // [gradcheck]

  PeepholeCell cell(5, 2);
  const RecurrentState state{random_leaf({3, 2}), random_leaf({3, 2})};
  leaves = random_leaves(cell, x);
  leaves.insert(leaves.end(), {state.h, state.c});
  const auto step = [&] {
    const RecurrentState next = cell(x, state);
    return concatenate({next.h, next.c}, 1);
  };
  check("PeepholeCell", gradcheck(step, leaves));

  const Tensor sequence = random_leaf({4, 3, 5});
  PeepholeLSTM lstm(5, 2);
  leaves = random_leaves(lstm, sequence);
  check("PeepholeLSTM", gradcheck([&] { return lstm(sequence); }, leaves));

  AttentionPooling pooling(5);
  leaves = random_leaves(pooling, sequence);
  check("AttentionPooling", gradcheck([&] { return pooling(sequence); }, leaves));
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
