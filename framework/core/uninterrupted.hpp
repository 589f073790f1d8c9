#pragma once

#include <cerrno>

namespace scanline {

/// Makes a system call again for as long as a signal interrupts it, and returns its result. On file
/// systems over a network, or in user space, even opening a file may be interrupted. `call` returns
/// what the system call returns, which is negative where it failed.
template <typename Call>
auto uninterrupted(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace scanline
