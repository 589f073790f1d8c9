#include "scanline/framework/core/storage.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <new>
#include <utility>

#include "scanline/framework/core/error.hpp"

namespace scanline {
namespace {

constexpr Index alignment = 64;

#if defined(__has_feature)  // clang's way to tell
#define SCANLINE_ADDRESS_SANITIZER __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)  // GCC's
#define SCANLINE_ADDRESS_SANITIZER 1
#else
#define SCANLINE_ADDRESS_SANITIZER 0
#endif
/// A recycled block would hide a use after free from the sanitizer.
constexpr bool recycles_blocks = !SCANLINE_ADDRESS_SANITIZER;

/// Rounds up to one of eight sizes per power of two: sequences of differing lengths share blocks,
/// and no block is more than an eighth larger than asked for.
Index size_class(Index bytes) {
  const auto octave = std::bit_floor(static_cast<std::uint64_t>(bytes));
  const Index step = std::max<Index>(alignment, static_cast<Index>(octave / 8));
  return (bytes + step - 1) / step * step;
}

/// Small programs may keep this much, whatever they had in use.
constexpr Index always_kept = Index{1} << 20;

class Pool {
 public:
  static Pool& instance() {
    // Never destroyed: arrays with static lifetime may outlive any static object of ours. The
    // blocks stay reachable through the pointer, so leak checkers know that they are not lost.
    static Pool* const pool = new Pool;
    return *pool;
  }

  std::byte* take(Index bytes) {
    const std::lock_guard lock(mutex_);
    const Index in_use = in_use_ + bytes;
    const Index most_in_use = std::max(most_in_use_, in_use);
    std::deque<IdleBlock>& idle = idle_[bytes];
    std::byte* block = nullptr;
    if (idle.empty()) {
      free_oldest_until(2 * most_in_use + always_kept - bytes);
      block = from_system(bytes);
    } else {
      block = idle.back().block;
      idle.pop_back();
    }
    in_use_ = in_use;
    most_in_use_ = most_in_use;
    return block;
  }

  void give_back(std::byte* block, Index bytes) noexcept {
    const std::lock_guard lock(mutex_);
    in_use_ -= bytes;
    try {
      if (recycles_blocks) {
        idle_[bytes].push_back({block, ++given_back_});
        return;
      }
    } catch (const std::bad_alloc&) {  // the list of idle blocks cannot grow
    }
    std::free(block);
    held_ -= bytes;
  }

  Index held() {
    const std::lock_guard lock(mutex_);
    return held_;
  }

  Index system_allocations() {
    const std::lock_guard lock(mutex_);
    return system_allocations_;
  }

  void trim() {
    const std::lock_guard lock(mutex_);
    free_oldest_until(in_use_);
  }

 private:
  struct IdleBlock {
    std::byte* block;
    std::uint64_t given_back;  // when, on a clock that counts such blocks
  };

  Pool() {
    // Another thread may be in here when the process forks, and in the child nobody would unlock.
    pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                   [] { instance().mutex_.unlock(); });
  }

  std::byte* from_system(Index bytes) {
    const auto allocate = [&] {
      return static_cast<std::byte*>(
          std::aligned_alloc(static_cast<std::size_t>(alignment), static_cast<std::size_t>(bytes)));
    };
    std::byte* block = allocate();
    if (block == nullptr) {
      free_oldest_until(in_use_);
      block = allocate();
    }
    if (block == nullptr) throw Error(fmt::format("out of memory: {} bytes were asked for", bytes));
    ++system_allocations_;
    held_ += bytes;
    return block;
  }

  /// Gives idle blocks back to the system, those first that have been idle for longest, until the
  /// pool holds `most` bytes or fewer, or no idle block is left.
  void free_oldest_until(Index most) {
    while (held_ > std::max(most, in_use_)) {
      const auto age = [](const auto& entry) {
        return entry.second.empty() ? std::numeric_limits<std::uint64_t>::max()
                                    : entry.second.front().given_back;
      };
      const auto oldest =
          std::min_element(idle_.begin(), idle_.end(),
                           [&](const auto& a, const auto& b) { return age(a) < age(b); });
      std::free(oldest->second.front().block);
      oldest->second.pop_front();
      held_ -= oldest->first;
    }
  }

  std::mutex mutex_;
  std::map<Index, std::deque<IdleBlock>> idle_;  // by size class, the oldest first
  Index in_use_ = 0, most_in_use_ = 0;           // bytes
  Index held_ = 0;                               // bytes in use and idle
  Index system_allocations_ = 0;
  std::uint64_t given_back_ = 0;
};

/// Where a block came from, and goes back to.
enum class Source { pool, system };

/// The deleter of a block. It stands in the control block that all handles share, so that is where
/// the version costs no allocation.
struct GiveBack {
  GiveBack(Source from, Index block_bytes) : source(from), bytes(block_bytes) {}
  GiveBack(GiveBack&& other) noexcept : source(other.source), bytes(other.bytes) {}
  void operator()(std::byte* block) const noexcept {
    if (source == Source::pool)
      Pool::instance().give_back(block, bytes);
    else
      munmap(block, static_cast<std::size_t>(bytes));
  }
  Source source;
  Index bytes;
  std::atomic<std::uint64_t> version{0};
};

/// Zeros for which the system finds memory when they are written to.
std::shared_ptr<std::byte> map_zeros(Index bytes) {
  void* pages = mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED)
    throw Error(fmt::format("out of memory: {} bytes were asked for", bytes));
  return {static_cast<std::byte*>(pages), GiveBack(Source::system, bytes)};
}

thread_local bool lazy_storage = false;

}  // namespace

LazyStorage::LazyStorage() : was_active_(std::exchange(lazy_storage, true)) {}

LazyStorage::~LazyStorage() { lazy_storage = was_active_; }

bool LazyStorage::active() { return lazy_storage; }

std::shared_ptr<std::byte> allocate_storage(Index bytes) {
  if (lazy_storage) return map_zeros(std::max<Index>(bytes, 1));
  const Index rounded = size_class(std::max<Index>(bytes, 1));
  return {Pool::instance().take(rounded), GiveBack(Source::pool, rounded)};
}

std::atomic<std::uint64_t>& storage_version(const std::shared_ptr<std::byte>& storage) {
  return std::get_deleter<GiveBack>(storage)->version;
}

Index storage_pool_bytes() { return Pool::instance().held(); }

Index system_allocation_count() { return Pool::instance().system_allocations(); }

void trim_storage_pool() { Pool::instance().trim(); }

}  // namespace scanline
