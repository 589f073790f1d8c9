#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/nn/gru.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/nn/rnn.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "tests/framework/core/arrays.hpp"

// What the tests of recurrent modules share: modules of all kinds, and what is done with results.
namespace scanline::test {

using Options = nn::RecurrentOptions;
using Output = nn::LSTM::Output;
using Strings = std::vector<std::string>;

/// All that a recurrent module returns, as one vector.
inline Tensor everything(const Output& y) {
  std::vector<Tensor> parts;
  for (const Tensor& part : {y.output, y.h_n, y.c_n})
    if (part.defined()) parts.push_back(reshape(part, {-1}));
  return concatenate(parts, 0);
}

/// A recurrent module of any kind that is called as an LSTM is.
struct AnyRecurrent {
  std::shared_ptr<nn::Module> module;
  std::function<Output(const Tensor&, const RecurrentState&, const Lengths&)> call;

  Output operator()(const Tensor& x, const RecurrentState& initial = {},
                    const Lengths& lengths = {}) const {
    return call(x, initial, lengths);
  }
};

/// In float64, and with the same parameters whenever it is made.
template <class M>
std::shared_ptr<M> make_module(const Options& options) {
  set_default_random_state({7, 0});
  const auto module = std::make_shared<M>(options);
  module->to(DType::float64);
  return module;
}

/// The module of that kind; an RNN with the kind's nonlinearity.
inline AnyRecurrent make(CellKind kind, Options options) {
  const auto call_without_c = [](const auto& module) {
    return [module](const Tensor& x, const RecurrentState& initial, const Lengths& lengths) {
      const auto y = (*module)(x, initial.h, lengths);
      return Output{y.output, y.h_n, {}};
    };
  };
  if (kind == CellKind::lstm) {
    const auto lstm = make_module<nn::LSTM>(options);
    return {lstm, [lstm](const Tensor& x, const RecurrentState& initial, const Lengths& lengths) {
              return (*lstm)(x, initial, lengths);
            }};
  }
  if (kind == CellKind::gru) {
    const auto gru = make_module<nn::GRU>(options);
    return {gru, call_without_c(gru)};
  }
  if (kind == CellKind::rnn_relu) options.nonlinearity = Nonlinearity::relu;
  const auto rnn = make_module<nn::RNN>(options);
  return {rnn, call_without_c(rnn)};
}

/// The modules that a test goes through.
struct Kind {
  std::string name;  // in messages, of errors too
  CellKind kind;
  Index projected = 0;
};
inline const std::vector<Kind> kinds{{"lstm", CellKind::lstm},
                                     {"lstm", CellKind::lstm, 2},
                                     {"gru", CellKind::gru},
                                     {"rnn", CellKind::rnn_tanh},
                                     {"rnn", CellKind::rnn_relu}};

inline std::string describe(const Kind& kind) {
  return kind.name + (kind.kind == CellKind::rnn_relu ? ", relu" : "") +
         (kind.projected > 0 ? ", projected" : "");
}

/// A small module of that kind in which everything of many layers and directions is there.
inline Options two_layers_bidirectional(const Kind& kind, bool batch_first = false) {
  return {.input_size = 2,
          .hidden_size = 3,
          .num_layers = 2,
          .batch_first = batch_first,
          .bidirectional = true,
          .proj_size = kind.projected};
}

/// Instead of a batch size: a single sequence, without that axis.
constexpr Index single = 0;

/// The shape of h_n, or of c_n where `size` is the hidden size.
inline Shape state_shape(const Options& o, Index batch, Index size) {
  const Index count = o.num_layers * (o.bidirectional ? 2 : 1);
  return batch == single ? Shape{count, size} : Shape{count, batch, size};
}

/// The size of the hidden state.
inline Index output_size(const Options& o) { return o.proj_size > 0 ? o.proj_size : o.hidden_size; }

inline RecurrentState random_state(CellKind kind, const Options& o, Index batch) {
  RecurrentState state{random_leaf(state_shape(o, batch, output_size(o)), 21)};
  if (kind == CellKind::lstm) state.c = random_leaf(state_shape(o, batch, o.hidden_size), 22);
  return state;
}

/// The states of one sequence of a batch.
inline RecurrentState state_of(const RecurrentState& all, Index sequence) {
  const auto own = [&](const Tensor& y) {
    return y.defined() ? slice(y, 1, sequence, sequence + 1) : y;
  };
  return {own(all.h), own(all.c)};
}

inline std::vector<Tensor> defined_among(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> result;
  std::copy_if(tensors.begin(), tensors.end(), std::back_inserter(result),
               [](const Tensor& tensor) { return tensor.defined(); });
  return result;
}

inline std::vector<Tensor> with_parameters(const nn::Module& module,
                                           const std::vector<Tensor>& others) {
  std::vector<Tensor> result = defined_among(others);
  for (const Tensor& parameter : module.parameters()) result.push_back(parameter);
  return result;
}

/// The gradients of an irregular weighting of all results.
inline std::vector<Array> gradients(const Output& y, const std::vector<Tensor>& leaves) {
  for (const Tensor& leaf : leaves) leaf.zero_grad();
  const Tensor all = everything(y);
  backward(all, random_array(all.shape(), 31));
  std::vector<Array> result;
  for (const Tensor& leaf : leaves) result.push_back(leaf.grad().copy());
  return result;
}

inline double largest_distance(const std::vector<Array>& a, const std::vector<Array>& b) {
  if (a.size() != b.size()) return INFINITY;
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, distance(a[i], b[i]));
  return largest;
}

inline Tensor zero_tensor(const Shape& shape) {
  return Tensor(Array::zeros(shape, DType::float64));
}

/// The message of the Error that `call` throws.
inline std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// "weight_ih_l0 (12, 5)" and so on, in the module's order.
inline Strings names_and_shapes(const nn::Module& module) {
  Strings result;
  for (const auto& [name, tensor] : module.named_parameters())
    result.push_back(name + " " + to_string(tensor.shape()));
  return result;
}

/// Part `i` of the first axis, without it.
inline Array part(const Tensor& x, Index i) {
  return x.value().rows(i, i + 1).reshape(x.shape().without(0));
}

}  // namespace scanline::test
