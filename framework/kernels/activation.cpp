#include "framework/kernels/activation.hpp"

#include <algorithm>

#include "framework/kernels/vector.hpp"

namespace scanline::kernels {
namespace {

template <class T, class Fn>
void for_each_vector(const T* in, T* out, std::int64_t count, Fn fn) {
  for (std::int64_t i = 0; i < count; i += lanes<T>) {
    const std::int64_t width = std::min<std::int64_t>(lanes<T>, count - i);
    store_first(out + i, fn(load_first(in + i, width)), width);
  }
}

}  // namespace

void sigmoid(const float* in, float* out, std::int64_t count) {
  for_each_vector(in, out, count, [](Vector<float> x) { return sigmoid(x); });
}

void sigmoid(const double* in, double* out, std::int64_t count) {
  for_each_vector(in, out, count, [](Vector<double> x) { return sigmoid(x); });
}

void tanh(const float* in, float* out, std::int64_t count) {
  for_each_vector(in, out, count, [](Vector<float> x) { return tanh(x); });
}

void tanh(const double* in, double* out, std::int64_t count) {
  for_each_vector(in, out, count, [](Vector<double> x) { return tanh(x); });
}

}  // namespace scanline::kernels
