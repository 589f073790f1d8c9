#pragma once

#include <cerrno>

namespace scanline {

/// Repeats a system call for as long as a signal interrupts it, and returns its result. On network
/// file systems and in user-space file systems, even opening a file may be interrupted. `call`
/// returns the result of the system call, which is negative if it failed.
template <typename Call>
auto uninterrupted(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace scanline
