#include "scanline/framework/dist/detail/collectives.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "scanline/framework/core/random.hpp"
#include "tests/catch.hpp"

using namespace scanline;

namespace {

/// Messages between the threads of a test, which stand for ranks.
class Network {
 public:
  void send(int from, int to, std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    messages_[{from, to}].emplace_back(bytes.begin(), bytes.end());
    arrived_.notify_all();
  }
  std::vector<std::byte> receive(int from, int to) {
    std::unique_lock lock(mutex_);
    auto& queue = messages_[{from, to}];
    arrived_.wait(lock, [&] { return !queue.empty(); });
    std::vector<std::byte> result = std::move(queue.front());
    queue.pop_front();
    return result;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::pair<int, int>, std::deque<std::vector<std::byte>>> messages_;
};

class ThreadLink : public dist::Link {
 public:
  ThreadLink(Network& network, int rank, int size) : network_(network), rank_(rank), size_(size) {}
  int rank() const override { return rank_; }
  int size() const override { return size_; }
  void exchange(std::span<const std::byte> out, int to, std::span<std::byte> in,
                int from) override {
    if (!out.empty()) network_.send(rank_, to, out);
    if (in.empty()) return;
    const std::vector<std::byte> received = network_.receive(from, rank_);
    is_right_size = is_right_size && received.size() == in.size();
    std::copy_n(received.begin(), std::min(received.size(), in.size()), in.begin());
  }
  bool is_right_size = true;

 private:
  Network& network_;
  int rank_, size_;
};

void on_ranks(int size, const std::function<void(dist::Link&)>& body) {
  Network network;
  std::vector<ThreadLink> links;
  for (int rank = 0; rank < size; ++rank) links.emplace_back(network, rank, size);
  std::vector<std::thread> threads;
  for (ThreadLink& link : links) threads.emplace_back([&] { body(link); });
  for (std::thread& thread : threads) thread.join();
  for (const ThreadLink& link : links) CHECK(link.is_right_size);
}

std::vector<float> values_of(int rank, std::size_t count) {
  Random random(5, Purpose::user, static_cast<std::uint32_t>(rank));
  std::vector<float> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(static_cast<float>(random.normal()));
  return result;
}

/// The sum of neighbours, of neighbouring pairs, and so on.
std::vector<float> tree_sum(int first, int count, std::size_t size) {
  if (count == 1) return values_of(first, size);
  std::vector<float> low = tree_sum(first, count / 2, size);
  const std::vector<float> high = tree_sum(first + count / 2, count / 2, size);
  for (std::size_t i = 0; i < size; ++i) low[i] += high[i];
  return low;
}

}  // namespace

TEST_CASE("all ranks get the same sum") {
  // The longest lists are exchanged in parts, the others whole.
  for (const std::size_t count : {std::size_t{1}, std::size_t{7}, std::size_t{9001}})
    for (int size = 1; size <= 9; ++size) {
      INFO(count << " values on " << size << " ranks");
      std::vector<std::vector<float>> sums(static_cast<std::size_t>(size));
      on_ranks(size, [&](dist::Link& link) {
        std::vector<float> own = values_of(link.rank(), count);
        dist::sum(link, std::span(own));
        sums[static_cast<std::size_t>(link.rank())] = own;
      });
      for (const std::vector<float>& other : sums) CHECK(other == sums[0]);
      std::vector<double> exact(count);
      for (int rank = 0; rank < size; ++rank) {
        const std::vector<float> values = values_of(rank, count);
        for (std::size_t i = 0; i < count; ++i) exact[i] += static_cast<double>(values[i]);
      }
      double error = 0;
      for (std::size_t i = 0; i < count; ++i)
        error = std::max(error, std::abs(exact[i] - static_cast<double>(sums[0][i])));
      CHECK(error < 1e-5);
    }
}

TEST_CASE("sums of a power of two of ranks are those of a tree") {
  for (const std::size_t count : {std::size_t{100}, std::size_t{9001}})
    for (const int size : {1, 2, 4, 8}) {
      const std::vector<float> expected = tree_sum(0, size, count);
      on_ranks(size, [&](dist::Link& link) {
        std::vector<float> own = values_of(link.rank(), count);
        dist::sum(link, std::span(own));
        if (link.rank() == 0) CHECK(own == expected);
      });
    }
}

TEST_CASE("bytes of any rank reach all others") {
  for (int size = 1; size <= 9; ++size)
    for (int root = 0; root < size; ++root) {
      INFO(size << " ranks, from " << root);
      std::vector<int> received(static_cast<std::size_t>(size));
      on_ranks(size, [&](dist::Link& link) {
        int value = 100 + link.rank();
        dist::broadcast(link, std::as_writable_bytes(std::span(&value, 1)), root);
        received[static_cast<std::size_t>(link.rank())] = value;
      });
      CHECK(received == std::vector<int>(static_cast<std::size_t>(size), 100 + root));
    }
}
