#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace scanline::test {

/// The largest errors of a float kernel against double precision.
struct ActivationError {
  double absolute = 0;
  double relative = 0;  // to the exact value, or to the smallest normal float if that is larger
};

/// The errors of a sigmoid and a tanh.
struct ActivationErrors {
  ActivationError sigmoid, tanh;
  std::int64_t nan_mistakes = 0;  // a NaN made of a number, or a number of a NaN
};

/// out[i] = f(in[i]) for i in [0, count).
using Activation = void (*)(const float* in, float* out, std::int64_t count);

/// Over the floats whose bits are first, first + stride, ... below 2^32.
inline ActivationErrors activation_errors(Activation sigmoid, Activation tanh, std::uint64_t first,
                                          std::uint64_t stride) {
  constexpr std::uint64_t all_floats = std::uint64_t{1} << 32;
  constexpr std::size_t block = 4096;
  ActivationErrors errors;
  std::vector<float> in, sigmoids(block), tanhs(block);
  const auto compare = [&](float found, double exact, ActivationError& largest) {
    const double error = std::abs(static_cast<double>(found) - exact);
    const double relative = error / std::max(std::abs(exact), 0x1p-126);
    if (error > largest.absolute) largest.absolute = error;
    if (relative > largest.relative) largest.relative = relative;
    errors.nan_mistakes += std::isnan(found) != std::isnan(exact);
  };
  for (std::uint64_t bits = first; bits < all_floats;) {
    in.clear();
    for (; in.size() < block && bits < all_floats; bits += stride)
      in.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    const auto count = static_cast<std::int64_t>(in.size());
    sigmoid(in.data(), sigmoids.data(), count);
    tanh(in.data(), tanhs.data(), count);
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double x = in[i];
      compare(sigmoids[i], 1 / (1 + std::exp(-x)), errors.sigmoid);
      compare(tanhs[i], std::tanh(x), errors.tanh);
    }
  }
  return errors;
}

}  // namespace scanline::test
