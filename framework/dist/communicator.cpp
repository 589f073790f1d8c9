#include "scanline/framework/dist/communicator.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "scanline/framework/core/detail/idle_work.hpp"
#include "scanline/framework/dist/detail/collectives.hpp"
#include "scanline/framework/dist/detail/engine.hpp"

namespace scanline::dist {
namespace {

/// The processors that a process may use.
struct Processors {
  std::string name;  // with that of the machine
  int count = 1;
};

Processors usable_processors() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  Processors result{host.data()};
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    result.name.append(reinterpret_cast<const char*>(&set), sizeof set);
    result.count = CPU_COUNT(&set);
  }
#endif
  return result;
}

template <class T>
std::span<std::byte> bytes_of(T& object) {
  return std::as_writable_bytes(std::span(&object, 1));
}

}  // namespace

void Task::run(const std::exception_ptr& skip) {
  error = skip;
  if (!error) try {
      work();
    } catch (...) {
      error = std::current_exception();
    }
  work = nullptr;
  const std::lock_guard lock(mutex);
  is_done = true;
  done.notify_all();
}

void Pending::wait() {
  if (task_ == nullptr) return;
  const std::shared_ptr<Task> task = std::exchange(task_, nullptr);
  while (!task->is_done && IdleJob::instance().run_one()) {
  }
  task->has_waiter = true;
  std::unique_lock lock(task->mutex);
  task->done.wait(lock, [&] { return task->is_done.load(); });
  if (task->error) std::rethrow_exception(task->error);
}

Communicator::Communicator(std::shared_ptr<Engine> engine)
    : engine_(std::move(engine)), rank_(engine_->rank()), size_(engine_->size()) {
  const Processors own = usable_processors();
  const std::vector<std::string> all = gather(own.name);
  sharing_ = static_cast<int>(std::count(all.begin(), all.end(), own.name));
  engine_->set_crowded(sharing_ > own.count);
}

Pending Communicator::start_sum(std::span<float> values) const {
  return start([engine = engine_, values] { dist::sum(*engine, values); });
}

Pending Communicator::start_sum(std::span<double> values) const {
  return start([engine = engine_, values] { dist::sum(*engine, values); });
}

Pending Communicator::start(std::function<void()> work) const {
  if (engine_ == nullptr) return {};
  const auto task = std::make_shared<Task>();
  task->work = std::move(work);
  engine_->post(task);
  return Pending(task);
}

void Communicator::broadcast(std::span<std::byte> bytes, int root) const {
  if (engine_ == nullptr) return;
  constexpr std::size_t largest = 1 << 28;  // MPI counts in int
  start([&] {
    for (std::size_t i = 0; i < bytes.size(); i += largest)
      dist::broadcast(*engine_, bytes.subspan(i, std::min(largest, bytes.size() - i)), root);
  }).wait();
}

std::string Communicator::broadcast(std::string text, int root) const {
  std::uint64_t size = text.size();
  broadcast(bytes_of(size), root);
  text.resize(size);
  broadcast(std::as_writable_bytes(std::span(text)), root);
  return text;
}

std::vector<std::string> Communicator::gather(const std::string& text) const {
  std::vector<std::string> result;
  for (int rank = 0; rank < size_; ++rank) result.push_back(broadcast(text, rank));
  return result;
}

void Communicator::barrier() const {
  double nothing = 0;
  sum(std::span(&nothing, 1));
}

void Communicator::fail(const std::string& message) const {
  if (engine_ != nullptr) engine_->fail(message);
}

void Communicator::end_after_failure(int speaker, int status) const {
  if (engine_ != nullptr) engine_->end_after_failure(speaker, status);
}

int Communicator::lowest_alive() const { return engine_ == nullptr ? 0 : engine_->lowest_alive(); }

}  // namespace scanline::dist
