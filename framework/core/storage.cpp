#include "framework/core/storage.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "framework/core/error.hpp"

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

class Pool {
 public:
  std::byte* take(Index bytes) {
    const std::lock_guard lock(mutex_);
    auto& idle = idle_[bytes];
    if (!idle.empty()) {
      std::byte* block = idle.back();
      idle.pop_back();
      return block;
    }
    void* block =
        std::aligned_alloc(static_cast<std::size_t>(alignment), static_cast<std::size_t>(bytes));
    if (block == nullptr) throw Error(fmt::format("out of memory: {} bytes were asked for", bytes));
    ++system_allocations_;
    return static_cast<std::byte*>(block);
  }

  void give_back(std::byte* block, Index bytes) noexcept {
    if (!recycles_blocks) {
      std::free(block);
      return;
    }
    const std::lock_guard lock(mutex_);
    idle_[bytes].push_back(block);
  }

  Index system_allocations() {
    const std::lock_guard lock(mutex_);
    return system_allocations_;
  }

  void trim() {
    const std::lock_guard lock(mutex_);
    for (auto& [bytes, blocks] : idle_)
      for (std::byte* block : blocks) std::free(block);
    idle_.clear();
  }

 private:
  std::mutex mutex_;
  std::map<Index, std::vector<std::byte*>> idle_;  // by size class
  Index system_allocations_ = 0;
};

Pool& pool() {
  // Never destroyed: arrays with static lifetime may outlive any static object of ours. The blocks
  // stay reachable through the pointer, so leak checkers know that they are not lost.
  static Pool* const instance = new Pool;
  return *instance;
}

/// Where a block came from, and goes back to.
enum class Source { pool, system };

/// The deleter of a block. It stands in the control block that all handles share, so that is where
/// the version costs no allocation.
struct GiveBack {
  GiveBack(Source from, Index block_bytes) : source(from), bytes(block_bytes) {}
  GiveBack(GiveBack&& other) noexcept : source(other.source), bytes(other.bytes) {}
  void operator()(std::byte* block) const noexcept {
    if (source == Source::pool)
      pool().give_back(block, bytes);
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
  return {pool().take(rounded), GiveBack(Source::pool, rounded)};
}

std::atomic<std::uint64_t>& storage_version(const std::shared_ptr<std::byte>& storage) {
  return std::get_deleter<GiveBack>(storage)->version;
}

Index system_allocation_count() { return pool().system_allocations(); }

void trim_storage_pool() { pool().trim(); }

}  // namespace scanline
