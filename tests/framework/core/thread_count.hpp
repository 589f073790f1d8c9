#pragma once

#include "scanline/framework/core/parallel.hpp"

namespace scanline::test {

/// Sets the number of threads for a scope.
struct ThreadCount {
  explicit ThreadCount(int count) : before(thread_count()) { set_thread_count(count); }
  ~ThreadCount() { set_thread_count(before); }
  int before;
};

}  // namespace scanline::test
