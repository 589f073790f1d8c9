#pragma once

namespace scanline {

/// The kinds of recurrent cells. The two RNNs differ in their nonlinearity.
enum class CellKind { lstm, gru, rnn_tanh, rnn_relu };

}  // namespace scanline
