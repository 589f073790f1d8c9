#include "scanline/framework/autograd/grad_mode.hpp"

#include "scanline/framework/core/parallel.hpp"

namespace scanline {
namespace {

constexpr std::uint32_t no_grad = 1;

}  // namespace

bool grad_enabled() { return (thread_flags() & no_grad) == 0; }

NoGrad::NoGrad() : was_enabled_(grad_enabled()) { thread_flags() |= no_grad; }

NoGrad::~NoGrad() {
  if (was_enabled_) thread_flags() &= ~no_grad;
}

}  // namespace scanline
