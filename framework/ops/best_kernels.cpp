#include "scanline/framework/ops/detail/best_kernels.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "scanline/framework/core/error.hpp"

namespace scanline {
namespace {

/// How wide instructions may be: 0 for the architecture's baseline, 3 and 4 for those levels of
/// x86-64.
int widest_allowed() {
  const char* const limit = std::getenv("SCANLINE_KERNELS");
  const std::string name = limit == nullptr ? "x86-64-v4" : limit;
  if (name == "x86-64-v4") return 4;
  if (name == "x86-64-v3") return 3;
  if (name == "baseline") return 0;
  throw Error(
      fmt::format("SCANLINE_KERNELS: expected baseline, x86-64-v3 or x86-64-v4, found '{}'", name));
}

/// The kernels of each precision; null where the processor has none.
struct Choice {
  const kernels::Kernels<float>* float32 = &kernels::float_kernels;
  const kernels::Kernels<float>* bf16 = nullptr;
};

Choice choose() {
  Choice choice;
  [[maybe_unused]] const int allowed = widest_allowed();
#if defined(__x86_64__)
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  if (v3 && allowed >= 3) choice.float32 = &kernels::float_kernels_v3;
  if (v4 && allowed >= 4) choice.float32 = &kernels::float_kernels_v4;
  if (v4 && allowed >= 4 && __builtin_cpu_supports("avx512bf16"))
    choice.bf16 = &kernels::float_kernels_bf16;
#endif
  return choice;
}

const Choice& chosen() {
  static const Choice choice = choose();
  return choice;
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

const kernels::Kernels<float>* bf16_kernels() { return chosen().bf16; }

}  // namespace scanline
