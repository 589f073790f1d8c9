#include "scanline/framework/core/parallel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "scanline/framework/core/detail/job.hpp"
#include "scanline/framework/core/detail/thread_pool.hpp"
#include "scanline/framework/core/error.hpp"

namespace scanline {

std::uint32_t& thread_flags() {
  thread_local std::uint32_t flags = 0;
  return flags;
}

int thread_count() { return static_cast<int>(ProcessPool::instance().threads()); }

void set_thread_count(int count) {
  if (count < 1) throw Error(fmt::format("threads: needs at least 1, got {}", count));
  if (inside_body()) throw Error("threads: expected no call from within parallel_for, found one");
  if (count != thread_count()) ProcessPool::instance().replace(static_cast<std::size_t>(count));
}

void parallel_for(Index count, const std::function<void(Index)>& body) {
  std::shared_ptr<ThreadPool> pool;
  if (count > 1 && !inside_body()) pool = ProcessPool::instance().get();
  if (pool == nullptr || pool->threads() == 1) {
    for (Index i = 0; i < count; ++i) body(i);
    return;
  }
  const auto job = std::make_shared<Job>(body, count, pool->threads());
  pool->run(job);
  job->rethrow_failure();
}

void parallel_for_ranges(Index count, Index size, const std::function<void(Index, Index)>& body) {
  parallel_for((count + size - 1) / size,
               [&](Index number) { body(number * size, std::min((number + 1) * size, count)); });
}

}  // namespace scanline
