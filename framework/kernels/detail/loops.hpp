#pragma once

#include "scanline/framework/kernels/detail/activations.hpp"
#include "scanline/framework/kernels/detail/kernels.hpp"
#include "scanline/framework/kernels/detail/recurrent_loops.hpp"
#include "scanline/framework/kernels/detail/vector.hpp"

namespace scanline::kernels {
namespace {

template <class T, Vector<T> function(Vector<T>)>
void for_each_vector(const T* in, T* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += lanes<T>) {
    const std::int64_t width = min<std::int64_t>(lanes<T>, count - i);
    store_first(out + i, function(load_first(in + i, width)), width);
  }
}

/// The kernels as this source is compiled. Products multiply elements E.
template <class T, class E = T>
constexpr Kernels<T> compiled_kernels() {
  return {.lanes = lanes<T>,
          .sigmoid = for_each_vector<T, accurate_sigmoid>,
          .tanh = for_each_vector<T, accurate_tanh>,
          .pack_forward = pack_forward<E, T>,
          .pack_backward = pack_backward<E, T>,
          .scratch_size = scratch_size<E, T>,
          .recurrent_forward = recurrent_forward<E, T>,
          .recurrent_backward = recurrent_backward<E, T>};
}

}  // namespace
}  // namespace scanline::kernels
