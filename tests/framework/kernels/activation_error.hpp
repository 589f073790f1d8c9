#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "framework/ops/best_kernels.hpp"

namespace scanline::test {

/// The largest absolute errors of the float kernels against double precision.
struct ActivationErrors {
  double sigmoid = 0, tanh = 0;
  std::int64_t nan_mistakes = 0;  // a NaN made of a number, or a number of a NaN
};

/// Over the floats whose bits are first, first + stride, ... below 2^32.
inline ActivationErrors activation_errors(std::uint64_t first, std::uint64_t stride) {
  constexpr std::uint64_t all_floats = std::uint64_t{1} << 32;
  constexpr std::size_t block = 4096;
  ActivationErrors errors;
  std::vector<float> in, sigmoids(block), tanhs(block);
  const auto compare = [&](float found, double exact, double& largest) {
    const double error = std::abs(static_cast<double>(found) - exact);
    if (error > largest) largest = error;
    errors.nan_mistakes += std::isnan(found) != std::isnan(exact);
  };
  for (std::uint64_t bits = first; bits < all_floats;) {
    in.clear();
    for (; in.size() < block && bits < all_floats; bits += stride)
      in.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    const auto count = static_cast<std::int64_t>(in.size());
    best_kernels<float>().sigmoid(in.data(), sigmoids.data(), count);
    best_kernels<float>().tanh(in.data(), tanhs.data(), count);
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double x = in[i];
      compare(sigmoids[i], 1 / (1 + std::exp(-x)), errors.sigmoid);
      compare(tanhs[i], std::tanh(x), errors.tanh);
    }
  }
  return errors;
}

}  // namespace scanline::test
