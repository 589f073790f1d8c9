#include "scanline/framework/core/detail/job.hpp"

#include <utility>

namespace scanline {

bool& inside_body() {
  thread_local bool inside = false;
  return inside;
}

Job::Job(const std::function<void(Index)>& run, Index number, std::size_t threads)
    : body(run), count(number), shares(threads) {
  const auto begin_of = [&](std::size_t share) {
    return count * static_cast<Index>(share) / static_cast<Index>(threads);
  };
  for (std::size_t i = 0; i < threads; ++i) {
    shares[i].next = begin_of(i);
    shares[i].end = begin_of(i + 1);
  }
}

Index Job::work(std::size_t thread, Index most) {
  Index finished = 0;
  std::exception_ptr thrown;
  const bool was_inside = std::exchange(inside_body(), true);
  const std::uint32_t own_flags = std::exchange(thread_flags(), flags);
  for (std::size_t s = 0; s < shares.size(); ++s) {
    Share& share = shares[(thread + s) % shares.size()];
    for (Index i; finished < most && (i = share.next++) < share.end; ++finished) {
      try {
        body(i);
      } catch (...) {
        if (!thrown) thrown = std::current_exception();
      }
    }
  }
  thread_flags() = own_flags;
  inside_body() = was_inside;
  if (finished == 0) return 0;
  const std::lock_guard lock(mutex);
  if (thrown && !failure) failure = thrown;
  done += finished;
  if (is_done()) all_done.notify_all();
  return finished;
}

}  // namespace scanline
