#include "scanline/framework/core/storage.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "scanline/framework/core/array.hpp"
#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/in_child.hpp"

using namespace scanline;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool pool_recycles = false;
#elif defined(__has_feature)
constexpr bool pool_recycles = !__has_feature(address_sanitizer);
#else
constexpr bool pool_recycles = true;
#endif

namespace {

/// How many blocks the system has to give for what `body` does.
template <class Body>
Index system_allocations_of(Body body) {
  const Index before = system_allocation_count();
  body();
  return system_allocation_count() - before;
}

void allocate_some() {
  std::vector<std::shared_ptr<std::byte>> blocks;
  for (const Index bytes : {1, 64, 65, 1000, 4096, 100'000})
    blocks.push_back(allocate_storage(bytes));
}

}  // namespace

TEST_CASE("a warm pool asks the system for nothing") {
  if (!pool_recycles) return;
  trim_storage_pool();
  CHECK(system_allocations_of(allocate_some) > 0);
  for (int step = 0; step < 3; ++step) CHECK(system_allocations_of(allocate_some) == 0);
  trim_storage_pool();
  CHECK(system_allocations_of(allocate_some) > 0);
}

TEST_CASE("blocks of similar sizes stand in for each other") {
  if (!pool_recycles) return;
  trim_storage_pool();
  std::byte* const first = allocate_storage(100'000).get();
  CHECK(allocate_storage(101'000).get() == first);
  CHECK(system_allocations_of([] { allocate_storage(1'000'000); }) == 1);
}

TEST_CASE("the pool holds no more than twice what was in use at once") {
  trim_storage_pool();
  const Index before = storage_pool_bytes();
  // One at a time, and larger than what other cases had in use. Nobody writes to them.
  for (Index bytes = 10'000; bytes < 400'000'000; bytes += bytes / 12) allocate_storage(bytes);
  CHECK(storage_pool_bytes() - before <= 2 * (Index{400'000'000} / 8 * 9) + (Index{1} << 20));
  trim_storage_pool();
  CHECK(storage_pool_bytes() == before);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which need the address space
TEST_CASE("where the system refuses memory, idle blocks go back to it") {
  const auto use_all_twice = [] {
    test::limit_address_space(Index{300} << 20);
    {
      std::vector<std::shared_ptr<std::byte>> blocks;
      for (int i = 0; i < 4; ++i) blocks.push_back(allocate_storage(Index{60} << 20));
    }
    allocate_storage(Index{200} << 20);
    return storage_pool_bytes() < Index{300} << 20;
  };
  CHECK(test::in_child(use_all_twice) == test::Child::succeeded);
  const auto ask_for_too_much = [] {
    test::limit_address_space(Index{300} << 20);
    try {
      allocate_storage(Index{416} << 20);
    } catch (const Error& error) {
      return std::string(error.what()) == "out of memory: 436207616 bytes were asked for";
    }
    return false;
  };
  CHECK(test::in_child(ask_for_too_much) == test::Child::succeeded);
}
#endif

TEST_CASE("blocks in use are apart, aligned and as large as asked for") {
  std::vector<std::shared_ptr<std::byte>> blocks;
  std::vector<Index> sizes;
  for (Index bytes = 0; bytes < 3000; bytes += 61) {
    blocks.push_back(allocate_storage(bytes));
    sizes.push_back(bytes);
    std::fill_n(blocks.back().get(), bytes, static_cast<std::byte>(blocks.size()));
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    CHECK(reinterpret_cast<std::uintptr_t>(blocks[i].get()) % 64 == 0);
    CHECK(std::all_of(blocks[i].get(), blocks[i].get() + sizes[i],
                      [&](std::byte b) { return b == static_cast<std::byte>(i + 1); }));
  }
}

TEST_CASE("the pool serves several threads") {
  std::vector<std::thread> threads;
  std::vector<int> mistakes(4);
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&mistakes, t] {
      for (int i = 0; i < 2000; ++i) {
        const Array mine = Array::full({16 + i % 7}, static_cast<double>(t), DType::float32);
        for (Index k = 0; k < mine.size(); ++k) mistakes[t] += mine.at(k) != static_cast<double>(t);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(mistakes == std::vector<int>(4));
}

TEST_CASE("lazy storage is zeros that take memory only where they are written") {
  Array huge, small;
  {
    const LazyStorage lazy;
    CHECK(LazyStorage::active());
    huge = Array::zeros({10'000'000'000});  // 40 GB
    small = Array({3}, DType::float32);
  }
  CHECK(!LazyStorage::active());
  CHECK(huge.at(0) == 0);
  CHECK(huge.at(huge.size() - 1) == 0);
  huge.data<float>()[5'000'000'000] = 7;
  CHECK(huge.at(5'000'000'000) == 7);
  for (Index i = 0; i < 3; ++i) CHECK(small.at(i) == 0);
  small.fill(2);
  CHECK(small.at(2) == 2);

  const LazyStorage outer;
  { const LazyStorage inner; }
  CHECK(LazyStorage::active());
  bool active_on_another_thread = true;
  std::thread([&] { active_on_another_thread = LazyStorage::active(); }).join();
  CHECK_FALSE(active_on_another_thread);
}
