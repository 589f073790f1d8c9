#include "scanline/framework/core/denormals.hpp"

#include <cstdint>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "scanline/framework/core/parallel.hpp"

namespace scanline {
namespace {

/// Sets the mode of the calling thread; returns whether there is one.
bool set_own_mode([[maybe_unused]] bool flush) {
#if defined(__x86_64__)
  constexpr unsigned flush_results = 1U << 15, flush_operands = 1U << 6,
                     both = flush_results | flush_operands;
  _mm_setcsr(flush ? _mm_getcsr() | both : _mm_getcsr() & ~both);
  return true;
#elif defined(__aarch64__)
  constexpr std::uint64_t flush_both = std::uint64_t{1} << 24;
  std::uint64_t control = 0;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  control = flush ? control | flush_both : control & ~flush_both;
  asm volatile("msr fpcr, %0" : : "r"(control));
  return true;
#else
  return false;
#endif
}

}  // namespace

bool set_flush_denormal(bool flush) {
  if (!set_own_mode(flush)) return false;
  // A new thread has the mode of the one that starts it.
  const int threads = thread_count();
  set_thread_count(1);
  set_thread_count(threads);
  return true;
}

}  // namespace scanline
