#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "scanline/framework/core/shape.hpp"

// Forked children, for what would end or stop the tests themselves.
namespace scanline::test {

/// How a child has ended.
enum class Child { succeeded, failed, hung };

/// Runs `body` in a forked child, which then exits as a program does, and succeeds where `body`
/// returns true. A child that takes longer than 20 seconds is killed: it hung.
template <class Body>
Child in_child(Body body) {
  std::fflush(nullptr);  // or the child would write it once more
  const pid_t child = fork();
  if (child == 0) {
    bool success = false;
    try {
      success = body();
    } catch (...) {  // has failed
    }
    std::exit(success ? 0 : 1);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return Child::hung;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? Child::succeeded : Child::failed;
}

/// Lets this process have `bytes` of address space besides what it has.
inline void limit_address_space(Index bytes) {
  Index pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const auto most = static_cast<rlim_t>(pages * sysconf(_SC_PAGESIZE) + bytes);
  const rlimit limit{most, most};
  setrlimit(RLIMIT_AS, &limit);
}

}  // namespace scanline::test
