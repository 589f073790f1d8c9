#include "scanline/framework/ops/detail/best_kernels.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/detail/best_filters.hpp"
#include "scanline/framework/ops/detail/best_row_kernels.hpp"

namespace scanline {
namespace {

/// The kernels for one set of instructions.
struct KernelSet {
  const char* name;  // what SCANLINE_KERNELS calls it
  bool is_supported;
  const kernels::Kernels<float>* float32;
  const kernels::FilterKernels<float>* filters;
  const kernels::RowKernels<float>* rows;
  const kernels::Kernels<float>* bf16 = nullptr;
};

/// From the narrowest instructions to the widest. Names are known on every architecture.
std::vector<KernelSet> kernel_sets() {
  const KernelSet baseline{"baseline", true, &kernels::float_kernels, &kernels::float_filters,
                           &kernels::float_row_kernels};
#if defined(__x86_64__)
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  const bool bf16 = __builtin_cpu_supports("avx512bf16");
  return {baseline,
          {"x86-64-v3", v3, &kernels::float_kernels_v3, &kernels::float_filters_v3,
           &kernels::float_row_kernels_v3},
          {"x86-64-v4", v4, &kernels::float_kernels_v4, &kernels::float_filters_v4,
           &kernels::float_row_kernels_v4, bf16 ? &kernels::float_kernels_bf16 : nullptr}};
#else
  return {baseline,
          {"x86-64-v3", false, nullptr, nullptr, nullptr},
          {"x86-64-v4", false, nullptr, nullptr, nullptr}};
#endif
}

/// The last set that the processor supports, up to the limit in the environment.
KernelSet choose() {
  const std::vector<KernelSet> sets = kernel_sets();
  const char* const given = std::getenv("SCANLINE_KERNELS");
  const std::string limit = given == nullptr ? sets.back().name : given;
  KernelSet best = sets.front();
  for (const KernelSet& set : sets) {
    if (set.is_supported) best = set;
    if (set.name == limit) return best;
  }
  throw Error(fmt::format("SCANLINE_KERNELS: expected baseline, x86-64-v3 or x86-64-v4, found '{}'",
                          limit));
}

const KernelSet& chosen() {
  static const KernelSet set = choose();
  return set;
}

}  // namespace

template <>
const kernels::Kernels<float>& best_kernels() {
  return *chosen().float32;
}

template <>
const kernels::Kernels<double>& best_kernels() {
  return kernels::double_kernels;
}

template <>
const kernels::FilterKernels<float>& best_filters() {
  return *chosen().filters;
}

template <>
const kernels::FilterKernels<double>& best_filters() {
  return kernels::double_filters;
}

template <>
const kernels::RowKernels<float>& best_row_kernels() {
  return *chosen().rows;
}

template <>
const kernels::RowKernels<double>& best_row_kernels() {
  return kernels::double_row_kernels;
}

const kernels::Kernels<float>* bf16_kernels() { return chosen().bf16; }

}  // namespace scanline
