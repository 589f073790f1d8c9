#include <fmt/format.h>
#include <mpi.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <list>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "scanline/framework/dist/detail/control.hpp"
#include "scanline/framework/dist/detail/engine.hpp"
#include "scanline/framework/dist/detail/neighbours.hpp"

namespace scanline::dist {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr int data_tag = 1, control_tag = 2;
/// How often a thread that has nothing to do looks for messages.
constexpr milliseconds idle_interval(50);
/// How long a rank that is alive takes at most to answer: once the process was asked to end, mpirun
/// kills it a second later.
constexpr milliseconds answer_time(2000), hurried_answer_time(400);

void sleep_for(microseconds duration) {
  const timespec time{0, duration.count() * 1000};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

/// All MPI functions are called by the engine's thread.
class MpiEngine final : public Engine {
 public:
  explicit MpiEngine(const Communicator::Options& options);
  ~MpiEngine() override;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  void exchange(std::span<const std::byte> out, int to, std::span<std::byte> in, int from) override;
  void post(std::shared_ptr<Task> task) override;
  void fail(const std::string& message) override;
  void end_after_failure(int speaker, int status) override;
  int lowest_alive() const override;
  void set_crowded(bool is_crowded) override { is_crowded_ = is_crowded; }

 private:
  struct Failure {
    int rank;
    std::string message;
  };
  struct Sent {
    Control control;
    MPI_Request request;
  };

  void serve();
  void start_mpi();
  void run_next();
  void await(std::array<MPI_Request, 2>& requests);
  void check_time(Clock::time_point begin);
  /// Fails where the process of a rank on this machine has ended.
  void check_neighbours();
  /// Asks all ranks whether they are there. Fails where one is not or, unless `is_hurried`, is
  /// behind this one.
  void diagnose(bool is_hurried);
  void send(const Control& control, int to);
  void send_to_all(const Control& control);
  void answer_controls();
  void set_failure(int rank, const std::string& message);
  void announce_failure(int rank, const std::string& message);
  std::exception_ptr failure() const;

  Communicator::Options options_;
  int rank_ = 0, size_ = 1;
  std::atomic<bool> is_crowded_{false};
  MPI_Comm data_ = MPI_COMM_NULL, control_ = MPI_COMM_NULL;

  std::thread thread_;
  mutable std::mutex mutex_;  // of what follows
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Task>> queue_;
  std::deque<std::function<void()>> orders_;  // come before the queue, also after a failure
  bool stops_ = false;
  std::optional<Failure> failure_;
  std::vector<bool> lost_;

  std::atomic<long long> posted_{0};
  // Only of the engine's thread:
  std::shared_ptr<Task> present_;  // what is being done
  std::list<Sent> sent_;
  Neighbours neighbours_;
  Clock::time_point last_check_;                   // of the neighbours
  std::vector<std::optional<long long>> answers_;  // of each rank to the last ping
  Clock::time_point last_diagnosis_;
  std::optional<Clock::time_point> interrupted_;
};

MpiEngine::MpiEngine(const Communicator::Options& options) : options_(options) {
  // Signals are for the threads of the program.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Task started;
  started.work = [this] { start_mpi(); };
  thread_ = std::thread([this, &started] {
    started.run({});
    if (!started.error) serve();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  {
    std::unique_lock lock(started.mutex);
    started.done.wait(lock, [&] { return started.is_done.load(); });
  }
  if (!started.error) return;
  thread_.join();
  std::rethrow_exception(started.error);
}

void MpiEngine::start_mpi() {
  prctl(PR_SET_TIMERSLACK, 1);
  // Open MPI 4 ends a process that reads from the memory of one that has died, before the others
  // could be told. Without this, data is copied through shared memory.
  setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", /*overwrite=*/0);
  int is_initialized = 0, provided = 0;
  MPI_Initialized(&is_initialized);
  if (is_initialized != 0) throw Error("MPI: expected to start it, found it started before");
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  if (provided < MPI_THREAD_FUNNELED) throw Error("MPI: expected support for threads, found none");
  MPI_Comm_dup(MPI_COMM_WORLD, &data_);
  MPI_Comm_dup(MPI_COMM_WORLD, &control_);
  MPI_Comm_set_errhandler(data_, MPI_ERRORS_RETURN);
  MPI_Comm_set_errhandler(control_, MPI_ERRORS_RETURN);
  MPI_Comm_rank(data_, &rank_);
  MPI_Comm_size(data_, &size_);
  lost_.resize(static_cast<std::size_t>(size_));
  neighbours_.find();
}

MpiEngine::~MpiEngine() {
  if (std::uncaught_exceptions() > 0 && !failure()) fail("it ended because of an error");
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void MpiEngine::post(std::shared_ptr<Task> task) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(task));
  }
  ++posted_;
  wake_.notify_all();
}

void MpiEngine::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_for(lock, idle_interval,
                   [&] { return stops_ || !queue_.empty() || !orders_.empty(); });
    if (!orders_.empty()) {
      const std::function<void()> order = std::move(orders_.front());
      orders_.pop_front();
      lock.unlock();
      order();
    } else if (!queue_.empty()) {
      lock.unlock();
      run_next();
    } else if (stops_) {
      break;
    } else {
      lock.unlock();
      answer_controls();
    }
    lock.lock();
  }
  lock.unlock();
  // After a failure this would wait for ranks that may be lost.
  if (!failure()) MPI_Finalize();
}

void MpiEngine::run_next() {
  {
    const std::lock_guard lock(mutex_);
    present_ = std::move(queue_.front());
    queue_.pop_front();
  }
  present_->run(failure());
  present_.reset();
}

void MpiEngine::exchange(std::span<const std::byte> out, int to, std::span<std::byte> in,
                         int from) {
  std::array<MPI_Request, 2> requests{MPI_REQUEST_NULL, MPI_REQUEST_NULL};
  if (!in.empty())
    MPI_Irecv(in.data(), static_cast<int>(in.size()), MPI_BYTE, from, data_tag, data_,
              &requests[0]);
  if (!out.empty())
    MPI_Isend(out.data(), static_cast<int>(out.size()), MPI_BYTE, to, data_tag, data_,
              &requests[1]);
  try {
    await(requests);
  } catch (const RankFailure&) {
    // What arrives later must not be written to memory that is used for something else then.
    if (requests[0] != MPI_REQUEST_NULL) MPI_Cancel(&requests[0]);
    throw;
  }
}

void MpiEngine::await(std::array<MPI_Request, 2>& requests) {
  constexpr milliseconds longest_spin(2);
  constexpr microseconds short_sleep(20), long_sleep(100);
  const Clock::time_point begin = Clock::now();
  bool spins = !is_crowded_;
  for (unsigned polls = 1;; ++polls) {
    int is_done = 0;
    const int error = MPI_Testall(2, requests.data(), &is_done, MPI_STATUSES_IGNORE);
    if (error != MPI_SUCCESS) diagnose(/*is_hurried=*/false);
    if (is_done != 0) return;
    const bool has_waiter = present_->has_waiter;
    if (spins && has_waiter && polls % 128 != 0) continue;
    answer_controls();
    check_time(begin);
    spins = spins && Clock::now() - begin < longest_spin;
    if (!spins || !has_waiter) sleep_for(has_waiter ? short_sleep : long_sleep);
  }
}

void MpiEngine::check_time(Clock::time_point begin) {
  if (const std::exception_ptr failed = failure()) std::rethrow_exception(failed);
  const Clock::time_point now = Clock::now();
  const auto since = [&](Clock::time_point time) {
    return std::chrono::duration<double>(now - std::max(time, last_diagnosis_)).count();
  };
  if (!interrupted_ && options_.is_interrupted && options_.is_interrupted()) interrupted_ = now;
  constexpr milliseconds long_wait(20);
  if ((interrupted_ || now - begin > long_wait) && now - last_check_ > long_wait)
    check_neighbours();
  constexpr double patience = 0.2;  // seconds after a signal
  if (interrupted_ && since(std::max(begin, *interrupted_)) > patience)
    diagnose(/*is_hurried=*/true);
  else if (since(begin) > options_.timeout)
    diagnose(/*is_hurried=*/false);
}

void MpiEngine::check_neighbours() {
  last_check_ = Clock::now();
  const std::optional<int> ended = neighbours_.ended();
  if (!ended) return;
  {
    const std::lock_guard lock(mutex_);
    lost_[static_cast<std::size_t>(*ended)] = true;
  }
  announce_failure(*ended, fmt::format("rank {} was lost: its process has ended", *ended));
  std::rethrow_exception(failure());
}

void MpiEngine::diagnose(bool is_hurried) {
  answers_.assign(static_cast<std::size_t>(size_), {});
  send_to_all({.kind = Control::Kind::ping});
  const Clock::time_point end = Clock::now() + (is_hurried ? hurried_answer_time : answer_time);
  const auto own = static_cast<std::size_t>(rank_);
  answers_[own] = posted_;
  const auto is_missing = [](const std::optional<long long>& answer) { return !answer; };
  while (std::any_of(answers_.begin(), answers_.end(), is_missing) && Clock::now() < end) {
    answer_controls();
    if (const std::exception_ptr failed = failure()) std::rethrow_exception(failed);
    sleep_for(microseconds(200));
  }
  last_diagnosis_ = Clock::now();
  const auto missing = std::find_if(answers_.begin(), answers_.end(), is_missing);
  const auto slowest = std::min_element(answers_.begin(), answers_.end());
  if (missing != answers_.end()) {
    {
      const std::lock_guard lock(mutex_);
      for (std::size_t i = 0; i < answers_.size(); ++i) lost_[i] = !answers_[i];
    }
    const auto number = static_cast<int>(missing - answers_.begin());
    announce_failure(number, fmt::format("rank {} was lost: it does not answer", number));
  } else if (!is_hurried && **slowest < posted_) {
    const auto number = static_cast<int>(slowest - answers_.begin());
    announce_failure(number, fmt::format("rank {} is stuck: the others waited {:g} seconds for it",
                                         number, options_.timeout));
  }
  if (const std::exception_ptr failed = failure()) std::rethrow_exception(failed);
}

void MpiEngine::send(const Control& control, int to) {
  for (auto i = sent_.begin(); i != sent_.end();) {
    int is_done = 0;
    MPI_Test(&i->request, &is_done, MPI_STATUS_IGNORE);
    i = is_done != 0 ? sent_.erase(i) : std::next(i);
  }
  Sent& message = sent_.emplace_back(Sent{control, MPI_REQUEST_NULL});
  message.control.posted = posted_;
  MPI_Isend(&message.control, sizeof(Control), MPI_BYTE, to, control_tag, control_,
            &message.request);
}

void MpiEngine::send_to_all(const Control& control) {
  for (int to = 0; to < size_; ++to)
    if (to != rank_) send(control, to);
}

void MpiEngine::answer_controls() {
  while (true) {
    int has_message = 0;
    MPI_Status status;
    if (MPI_Iprobe(MPI_ANY_SOURCE, control_tag, control_, &has_message, &status) != MPI_SUCCESS ||
        has_message == 0)
      return;
    Control control;
    MPI_Recv(&control, sizeof control, MPI_BYTE, status.MPI_SOURCE, control_tag, control_,
             MPI_STATUS_IGNORE);
    switch (control.kind) {
      case Control::Kind::ping: send({.kind = Control::Kind::pong}, status.MPI_SOURCE); break;
      case Control::Kind::pong:
        if (!answers_.empty())
          answers_[static_cast<std::size_t>(status.MPI_SOURCE)] = control.posted;
        break;
      case Control::Kind::failed: set_failure(control.rank, control.text.data()); break;
    }
  }
}

void MpiEngine::set_failure(int rank, const std::string& message) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = {rank, message};
}

void MpiEngine::announce_failure(int rank, const std::string& message) {
  set_failure(rank, message);
  Control control{.kind = Control::Kind::failed, .rank = rank};
  message.copy(control.text.data(), control.text.size() - 1);
  send_to_all(control);
}

std::exception_ptr MpiEngine::failure() const {
  const std::lock_guard lock(mutex_);
  if (!failure_) return {};
  return std::make_exception_ptr(RankFailure(failure_->rank, failure_->message));
}

void MpiEngine::fail(const std::string& message) {
  if (failure()) return;
  set_failure(rank_, message);  // ends what the engine waits for
  const std::lock_guard lock(mutex_);
  orders_.push_back(
      [this, text = fmt::format("rank {}: {}", rank_, message)] { announce_failure(rank_, text); });
  wake_.notify_all();
}

void MpiEngine::end_after_failure(int speaker, int status) {
  if (!failure()) return;
  {
    const std::lock_guard lock(mutex_);
    orders_.push_back([this, speaker, status] {
      const Clock::time_point end = Clock::now() + std::chrono::seconds(10);
      while (rank_ != speaker && Clock::now() < end) {
        answer_controls();
        sleep_for(microseconds(1000));
      }
      // If the process was asked to end, mpirun is ending all others, and does not listen.
      if (!options_.is_interrupted || !options_.is_interrupted()) MPI_Abort(MPI_COMM_WORLD, status);
      std::_Exit(status);
    });
  }
  wake_.notify_all();
  thread_.join();
}

int MpiEngine::lowest_alive() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::find(lost_.begin(), lost_.end(), false) - lost_.begin());
}

}  // namespace

bool Communicator::has_mpi() { return true; }

std::shared_ptr<Engine> start_engine(const Communicator::Options& options) {
  return std::make_shared<MpiEngine>(options);
}

}  // namespace scanline::dist
