#pragma once

#include <cstdint>

#include "scanline/framework/kernels/cell_kind.hpp"
#include "scanline/framework/kernels/detail/recurrent_block.hpp"

namespace scanline::kernels {

/// The inner loops, compiled for one instruction set. T is float or double.
template <class T>
struct Kernels {
  /// The number of elements of a vector. Hidden units are padded to a multiple of it.
  std::int64_t lanes;

  /// out[i] = 1 / (1 + exp(-in[i])) for i in [0, count). The float version is a polynomial that
  /// vectorises; it differs from the exact value by less than 2^-22, and by less than 2^-20 of it
  /// unless that is denormal (tested against double precision). It maps infinities to 0 and 1, and
  /// NaN to NaN. `out` may be `in`.
  void (*sigmoid)(const T* in, T* out, std::int64_t count);
  /// out[i] = tanh(in[i]), in the same way; the float version differs from the exact value by less
  /// than 2^-22, and by less than 2^-21 of it. The activations inside a recurrent layer have the
  /// same absolute accuracy, but no relative accuracy near 0.
  void (*tanh)(const T* in, T* out, std::int64_t count);

  /// Bring a layer's weights into the order in which the products read them. G is the number of
  /// gates.
  ///
  /// Of the sources, `weight_ih` holds rows (G, H) of I columns and `weight_hh` rows (G, H) of H
  /// columns, both in the order of the slots.
  /// - forward: for each vector of units, (I, G, lanes), then (H, G, lanes); U G (I + H) elements
  /// - backward: of weights (slots, H, columns), for each four vectors of columns, (slots, H, 4
  ///   lanes); fewer in the last; slots H times the columns, rounded up to whole vectors
  void (*pack_forward)(CellKind kind, std::int64_t inputs, std::int64_t hidden, const T* weight_ih,
                       const T* weight_hh, T* packed);
  void (*pack_backward)(std::int64_t slots, std::int64_t hidden, std::int64_t columns,
                        const T* weights, T* packed);
  /// The number of elements of the `scratch` memory of a block.
  std::int64_t (*scratch_size)(CellKind kind, std::int64_t rows, std::int64_t inputs,
                               std::int64_t hidden);

  /// Computes all steps of a block. `bias` is (S, U). The hidden states are also written to
  /// `output`, unless that is null.
  void (*recurrent_forward)(CellKind kind, const RecurrentBlock<T>& block, const T* packed,
                            const T* bias, T* output);
  /// Computes the gradients of a block, from the last step to the first.
  void (*recurrent_backward)(CellKind kind, const RecurrentBlock<T>& block,
                             const BackwardWeights<T>& packed, const RecurrentGradients<T>& grads);
};

/// For any processor of the architecture. Double precision is for checks, not for speed.
extern const Kernels<float> float_kernels;
extern const Kernels<double> double_kernels;
#if defined(__x86_64__)
/// For the levels of x86-64 that have AVX2, and AVX-512.
extern const Kernels<float> float_kernels_v3;
extern const Kernels<float> float_kernels_v4;
/// For those that multiply bfloat16 too: what is multiplied, weights, states and gradients, is
/// rounded to it. Sums and everything else are floats.
extern const Kernels<float> float_kernels_bf16;
#endif

}  // namespace scanline::kernels
