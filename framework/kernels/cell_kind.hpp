#pragma once

namespace scanline {

/// The kinds of recurrent cells. The two RNNs differ in their nonlinearity.
enum class CellKind { lstm, gru, rnn_tanh, rnn_relu };

/// The differences between the kinds of cells, apart from their equations.
///
/// PyTorch's weight_ih and weight_hh have one block of H rows for each gate: i, f, g, o of an LSTM,
/// r, z, n of a GRU, a single one of an RNN. The kernels compute for each unit a few sums, which
/// they call *slots*: the same as the gates, except that a GRU's candidate n is kept as the two
/// parts n_x and n_h, since its reset gate acts on the second part only. A GRU's slots are n_x, r,
/// z, n_h. Both x and the hidden state contribute to a contiguous range of the slots.
struct CellTraits {
  /// Gates, and so blocks of rows in weight_ih and weight_hh.
  int gates;
  /// Whether the state has a cell state c besides the hidden state h.
  bool has_cell_state;
  /// How many slots there are.
  int slots;
  /// The first slot that x contributes to; there are `gates` of them.
  int first_input_slot;
  /// The first slot that the hidden state contributes to; there are `gates` of them.
  int first_hidden_slot;
  /// The gate whose rows of weight_ih contribute to slot `first_input_slot` + i, for each i. The
  /// rows of weight_hh are always in the order of the slots.
  int input_gates[4];
};

/// The traits of a kind. Static, because the definition that is shared between sources might be the
/// one of a source that is compiled for wider instructions.
static constexpr CellTraits traits(CellKind kind) {
  switch (kind) {
    case CellKind::lstm: return {4, true, 4, 0, 0, {0, 1, 2, 3}};
    case CellKind::gru: return {3, false, 4, 0, 1, {2, 0, 1}};
    default: return {1, false, 1, 0, 0, {0}};
  }
}

}  // namespace scanline
