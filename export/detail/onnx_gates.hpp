#pragma once

#include <array>
#include <span>

#include "scanline/framework/ops/recurrent.hpp"

namespace scanline::exporting {

inline constexpr std::array<Index, 4> lstm_gates{0, 3, 1, 2};
inline constexpr std::array<Index, 3> gru_gates{1, 0, 2};
inline constexpr std::array<Index, 1> rnn_gates{0};

/// The numbers of our gates in ONNX's order: i, o, f, c of our i, f, g, o, and z, r, h of our
/// r, z, n.
inline std::span<const Index> onnx_gates(CellKind kind) {
  switch (kind) {
    case CellKind::lstm: return lstm_gates;
    case CellKind::gru: return gru_gates;
    default: return rnn_gates;
  }
}

}  // namespace scanline::exporting
