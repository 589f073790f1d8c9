// Holds the gradients of the op and of each layer against differences, in float64, and the peephole
// cell over sequences of different lengths against a loop by hand.

#include "layers.hpp"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/sequential.hpp"

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

/// A cell over sequences of different lengths in both directions: x (T, B, I) -> (T, B, 2 H).
Tensor bidirectional(PeepholeCell& first, PeepholeCell& second, const Tensor& x,
                     const RecurrentState& zeros, const Lengths& lengths) {
  // [bidirectional]
  const auto read = [&](PeepholeCell& cell, Direction direction) {
    return recurrent_sequence(cell, x, zeros, direction, lengths).output;
  };
  const Tensor y =
      concatenate({read(first, Direction::forward), read(second, Direction::reverse)}, 2);
  // [bidirectional]
  return y;
}

/// The same by hand, sequence by sequence and step by step.
Tensor bidirectional_by_hand(PeepholeCell& first, PeepholeCell& second, const Tensor& x,
                             const RecurrentState& zeros, const Lengths& lengths) {
  const Tensor padding = slice(zeros.h, 0, 0, 1);  // (1, H)
  std::vector<Tensor> sequences;
  for (Index b = 0; b < x.size(1); ++b) {
    const Index length = lengths[static_cast<std::size_t>(b)];
    std::vector<Tensor> forward(static_cast<std::size_t>(x.size(0)), padding), reverse = forward;
    RecurrentState state{padding, padding}, reverse_state = state;
    for (Index i = 0; i < length; ++i) {
      const auto step = [&](PeepholeCell& cell, RecurrentState& own, Index t) {
        own = cell(reshape(slice(slice(x, 0, t, t + 1), 1, b, b + 1), {1, -1}), own);
        return own.h;
      };
      const Index last = length - 1 - i;
      forward[static_cast<std::size_t>(i)] = step(first, state, i);
      reverse[static_cast<std::size_t>(last)] = step(second, reverse_state, last);
    }
    sequences.push_back(concatenate({stack(forward, 0), stack(reverse, 0)}, 2));
  }
  return concatenate(sequences, 1);
}

/// @throws Error unless all elements are equal to within rounding.
void check_equal(const std::string& name, const Array& a, const Array& b) {
  if (a.shape() != b.shape()) throw Error(name + ": the shapes differ");
  for (Index i = 0; i < a.size(); ++i)
    if (!(std::abs(a.at(i) - b.at(i)) < 1e-12)) throw Error(name + ": differs from that by hand");
}

/// Holds values and gradients of the bidirectional cell, over ragged sequences, against the loop by
/// hand and against differences.
void check_bidirectional() {
  PeepholeCell first(5, 2), second(5, 2);
  const Tensor x = random_leaf({4, 3, 5}), zero(Array::zeros({3, 2}, DType::float64));
  std::vector<Tensor> leaves = random_leaves(first, x);
  for (const Tensor& parameter : random_leaves(second, x)) leaves.push_back(parameter);
  leaves.pop_back();  // x, which is there twice
  const Lengths lengths{2, 4, 1};
  const auto gradients = [&](const Tensor& y) {
    for (const Tensor& leaf : leaves) leaf.zero_grad();
    sum(y * y).backward();
    std::vector<Array> result;
    for (const Tensor& leaf : leaves) result.push_back(leaf.grad().copy());
    return result;
  };
  const Tensor y = bidirectional(first, second, x, {zero, zero}, lengths);
  const Tensor expected = bidirectional_by_hand(first, second, x, {zero, zero}, lengths);
  check_equal("both directions", y.value(), expected.value());
  const std::vector<Array> found = gradients(y), wanted = gradients(expected);
  for (std::size_t i = 0; i < found.size(); ++i)
    check_equal("gradient " + std::to_string(i), found[i], wanted[i]);
  const auto run = [&] { return bidirectional(first, second, x, {zero, zero}, lengths); };
  check("PeepholeCell in both directions", gradcheck(run, leaves));
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

  // [sequential]
  nn::Sequential network;
  network.add<nn::Linear>(28, 64);
  network.add(relu);
  network.add<GatedResidual>(64);
  // [sequential]
  const Tensor y = network(zeros({3, 28}));
  if (y.shape() != Shape{3, 64}) throw Error("Sequential: an output of the wrong shape");

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

  check_bidirectional();
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
