#pragma once

#include "scanline/framework/kernels/cell_kind.hpp"
#include "scanline/framework/kernels/detail/activations.hpp"
#include "scanline/framework/kernels/detail/tiles.hpp"
#include "scanline/framework/kernels/detail/vector.hpp"

// What a recurrent cell computes from its sums, and back. Like everything that is compiled for
// several sets of instructions this is local to the source that includes it.

namespace scanline::kernels {
namespace {

/// Where one vector of units of one row lies.
template <class T>
struct Place {
  T* slots;         // of the first slot; the next ones are `stride` further on
  Index stride;     // U
  const T* h_prev;  // hidden state before the step
  const T* c_prev;  // cell state before and after it
  T* c_next;
};

// The cells, a vector of units at a time. `forward` turns the sums of the slots into the new hidden
// state and saves what `backward` needs; `backward` takes the gradient of the hidden state after
// the step, puts those of the sums into the slots, and returns what goes to the hidden state before
// it past the product with W_hh. docs/lstm_bptt.md derives the LSTM's.

template <CellKind kind>
struct Cell;

template <>
struct Cell<CellKind::lstm> {
  template <class T>
  static Vector<T> forward(const Vector<T>* sums, const Place<T>& at) {
    const Vector<T> i = sigmoid(sums[0]), f = sigmoid(sums[1]), g = tanh(sums[2]),
                    o = sigmoid(sums[3]);
    const Vector<T> c = f * load(at.c_prev) + i * g;
    store(at.slots, i);
    store(at.slots + at.stride, f);
    store(at.slots + 2 * at.stride, g);
    store(at.slots + 3 * at.stride, o);
    store(at.c_next, c);
    return o * tanh(c);
  }
  template <class T>
  static Vector<T> backward(Vector<T> dh, T* dc_carried, const Place<T>& at) {
    const Vector<T> i = load(at.slots), f = load(at.slots + at.stride),
                    g = load(at.slots + 2 * at.stride), o = load(at.slots + 3 * at.stride);
    const Vector<T> tanh_c = tanh(load(at.c_next));
    const Vector<T> dc = load(dc_carried) + dh * o * (1 - tanh_c * tanh_c);
    store(at.slots, dc * g * i * (1 - i));
    store(at.slots + at.stride, dc * load(at.c_prev) * f * (1 - f));
    store(at.slots + 2 * at.stride, dc * i * (1 - g * g));
    store(at.slots + 3 * at.stride, dh * tanh_c * o * (1 - o));
    store(dc_carried, dc * f);
    return Vector<T>{};
  }
};

template <>
struct Cell<CellKind::gru> {
  template <class T>
  static Vector<T> forward(const Vector<T>* sums, const Place<T>& at) {
    const Vector<T> r = sigmoid(sums[1]), z = sigmoid(sums[2]), n = tanh(sums[0] + r * sums[3]);
    store(at.slots, n);
    store(at.slots + at.stride, r);
    store(at.slots + 2 * at.stride, z);
    store(at.slots + 3 * at.stride, sums[3]);
    return n + z * (load(at.h_prev) - n);
  }
  template <class T>
  static Vector<T> backward(Vector<T> dh, T*, const Place<T>& at) {
    const Vector<T> n = load(at.slots), r = load(at.slots + at.stride),
                    z = load(at.slots + 2 * at.stride), n_h = load(at.slots + 3 * at.stride);
    const Vector<T> dn = dh * (1 - z) * (1 - n * n);
    store(at.slots, dn);
    store(at.slots + at.stride, dn * n_h * r * (1 - r));
    store(at.slots + 2 * at.stride, dh * (load(at.h_prev) - n) * z * (1 - z));
    store(at.slots + 3 * at.stride, dn * r);
    return dh * z;
  }
};

template <>
struct Cell<CellKind::rnn_tanh> {
  template <class T>
  static Vector<T> forward(const Vector<T>* sums, const Place<T>& at) {
    const Vector<T> h = tanh(sums[0]);
    store(at.slots, h);
    return h;
  }
  template <class T>
  static Vector<T> backward(Vector<T> dh, T*, const Place<T>& at) {
    const Vector<T> h = load(at.slots);
    store(at.slots, dh * (1 - h * h));
    return Vector<T>{};
  }
};

template <>
struct Cell<CellKind::rnn_relu> {
  template <class T>
  static Vector<T> forward(const Vector<T>* sums, const Place<T>& at) {
    const Vector<T> h = relu<T>(sums[0]);
    store(at.slots, h);
    return h;
  }
  template <class T>
  static Vector<T> backward(Vector<T> dh, T*, const Place<T>& at) {
    store(at.slots, load(at.slots) > T{0} ? dh : Vector<T>{});
    return Vector<T>{};
  }
};

}  // namespace
}  // namespace scanline::kernels
