#pragma once

#include <cstdint>

namespace scanline::kernels {

/// out[i] = 1 / (1 + exp(-in[i])) for i in [0, count). The float version is a polynomial that
/// vectorises; it differs from the exact value by less than 2^-22 (tested against double
/// precision), and maps infinities to 1 and less than 2^-100, and NaN to NaN. `out` may be `in`.
void sigmoid(const float* in, float* out, std::int64_t count);
void sigmoid(const double* in, double* out, std::int64_t count);

/// out[i] = tanh(in[i]), likewise.
void tanh(const float* in, float* out, std::int64_t count);
void tanh(const double* in, double* out, std::int64_t count);

}  // namespace scanline::kernels
