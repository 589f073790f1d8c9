#pragma once

#include <functional>
#include <type_traits>
#include <vector>

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/kernels/cell_kind.hpp"

namespace scanline {

/// The state of a recurrent cell between two time steps. B is the batch size, H the hidden size,
/// and P the size of the hidden state, which is H unless an LSTM projects it.
struct RecurrentState {
  Tensor h;       // hidden state, (B, P)
  Tensor c = {};  // cell state of an LSTM, (B, H); undefined for the other kinds
};

/// The parameters of one cell, with PyTorch's names, shapes and order of gates. G is the number of
/// gates (`CellTraits::gates`). The biases are undefined in a cell without biases, and weight_hr is
/// undefined unless the cell is an LSTM that projects its hidden state.
struct RecurrentParameters {
  Tensor weight_ih;       // (G H, I)
  Tensor weight_hh;       // (G H, P)
  Tensor bias_ih = {};    // (G H,)
  Tensor bias_hh = {};    // (G H,)
  Tensor weight_hr = {};  // (P, H)
};

// One time step of each kind of cell, composed of ops; autograd derives backpropagation through
// time from it. x is (B, I). All throw Error when the shapes do not fit.

/// An LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000, and where
/// there is a weight_hr the projection of Sak et al. 2014, arXiv 1402.1128):
///
///     a = W_ih x + b_ih + W_hh h + b_hh       pre-activations of the four gates, (B, 4H)
///     i = sigmoid(a_i)  f = sigmoid(a_f)  g = tanh(a_g)  o = sigmoid(a_o)
///     c' = f * c + i * g
///     h' = o * tanh(c')                       projected: W_hr (o * tanh(c'))
///
/// docs/lstm_bptt.md derives the gradients by hand, in these names.
RecurrentState lstm_cell(const Tensor& x, const RecurrentState& state,
                         const RecurrentParameters& parameters);

/// A gated recurrent unit (Cho et al. 2014, arXiv 1406.1078), with the gates in the order r, z, n.
/// The reset gate acts after the product with W_hh, as in PyTorch and cuDNN, and unlike in the
/// paper:
///
///     r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
///     z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
///     n = tanh(W_in x + b_in + r * (W_hn h + b_hn))
///     h' = (1 - z) * n + z * h
Tensor gru_cell(const Tensor& x, const Tensor& h, const RecurrentParameters& parameters);

/// The activation function of an RNN.
enum class Nonlinearity { tanh, relu };

/// The kind of an RNN with this nonlinearity.
CellKind rnn_kind(Nonlinearity nonlinearity);

/// A simple recurrent cell (Elman 1990): h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu instead
/// of tanh.
Tensor rnn_cell(const Tensor& x, const Tensor& h, const RecurrentParameters& parameters,
                Nonlinearity nonlinearity);

/// The cell of that kind.
RecurrentState recurrent_cell(CellKind kind, const Tensor& x, const RecurrentState& state,
                              const RecurrentParameters& parameters);

/// Whether a sequence is read from its first step to the last, or from the last to the first.
enum class Direction { forward, reverse };

/// The number of steps of each sequence in a batch; later steps are padding. Lengths are empty if
/// all sequences have all steps of the batch.
using Lengths = std::vector<Index>;

/// @throws Error, naming `op`, unless `lengths` is empty or has `batch` numbers from 1 to `steps`.
void check_lengths(const char* op, const Lengths& lengths, Index steps, Index batch);

/// The result of a recurrent cell over a sequence. `State` is the type of its state.
template <class State>
struct SequenceOf {
  Tensor output;  // the hidden state after each step, (T, B, P); 0 in the padding
  State final;    // the state after the last step that was read
};
/// The result of an LSTM, GRU or RNN over a sequence.
using RecurrentSequence = SequenceOf<RecurrentState>;

/// One step of a recurrent cell: from x (B, I) and the state before the step to the state after it.
/// A state is a list of tensors (B, ...), of which the first is the hidden state.
using RecurrentStep =
    std::function<std::vector<Tensor>(const Tensor& x, const std::vector<Tensor>& state)>;

/// Runs a cell over a sequence x (T, B, I), step by step, beginning with the state `initial`. All
/// composed recurrent networks use this loop over time.
///
/// In reverse, the last step is read first, and output[t] is the hidden state after reading step t
/// too. Padding is not read: in a sequence with a length, the forward direction ends at its last
/// step, and the reverse direction begins there.
/// @throws Error when the shapes do not fit, the sequence has no steps, or `step` returns another
/// number of tensors than the state has.
SequenceOf<std::vector<Tensor>> recurrent_sequence(const RecurrentStep& step, const Tensor& x,
                                                   const std::vector<Tensor>& initial,
                                                   Direction direction = Direction::forward,
                                                   const Lengths& lengths = {});

/// Converts a state to a list of tensors, the hidden state first, and back, for
/// `recurrent_sequence`. Specialise it for a state type of your own.
template <class State>
struct StateTensors;
/// A state that is a single tensor.
template <>
struct StateTensors<Tensor> {
  /// The list of that tensor.
  static std::vector<Tensor> list(const Tensor& state) { return {state}; }
  /// The tensor in the list.
  static Tensor state(const std::vector<Tensor>& list) { return list.front(); }
};
/// The state of an LSTM, or of a cell without c.
template <>
struct StateTensors<RecurrentState> {
  /// h, and c if it is defined.
  static std::vector<Tensor> list(const RecurrentState& state) {
    return state.c.defined() ? std::vector<Tensor>{state.h, state.c} : std::vector<Tensor>{state.h};
  }
  /// The state of these tensors.
  static RecurrentState state(const std::vector<Tensor>& list) {
    return {list[0], list.size() > 1 ? list[1] : Tensor()};
  }
};

/// A type that can be called with x (B, I) and a state, and that returns the next state.
template <class Step, class State>
concept StepOf = std::is_invocable_r_v<State, Step&, const Tensor&, const State&> &&
    !std::is_same_v<State, std::vector<Tensor>>;

/// Runs a cell of any type over a sequence: a module, a function or a lambda that takes x (B, I)
/// and a state, and returns the next state. A state is a `Tensor`, a `RecurrentState`, or another
/// type for which `StateTensors` is specialised:
///
///     nn::LSTMCell cell({.input_size = 28, .hidden_size = 128});
///     const auto [output, final] = recurrent_sequence(cell, x, {h, c}, Direction::reverse);
template <class State = RecurrentState, StepOf<State> Step>
SequenceOf<State> recurrent_sequence(Step&& step, const Tensor& x, const State& initial,
                                     Direction direction = Direction::forward,
                                     const Lengths& lengths = {}) {
  using Tensors = StateTensors<State>;
  const RecurrentStep step_of_lists = [&step](const Tensor& x_t, const std::vector<Tensor>& state) {
    return Tensors::list(step(x_t, Tensors::state(state)));
  };
  const SequenceOf<std::vector<Tensor>> result =
      recurrent_sequence(step_of_lists, x, Tensors::list(initial), direction, lengths);
  return {result.output, Tensors::state(result.final)};
}

/// Runs the built-in cell of that kind over a sequence.
RecurrentSequence recurrent_sequence(CellKind kind, const Tensor& x, const RecurrentState& initial,
                                     const RecurrentParameters& parameters, Direction direction,
                                     const Lengths& lengths = {});

}  // namespace scanline
