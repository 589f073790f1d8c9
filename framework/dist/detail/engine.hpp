#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "scanline/framework/dist/communicator.hpp"
#include "scanline/framework/dist/detail/link.hpp"

namespace scanline::dist {

/// What the engine does, and a Pending waits for.
struct Task {
  std::function<void()> work;
  std::atomic<bool> is_done{false};
  std::atomic<bool> has_waiter{false};
  std::exception_ptr error;  // set before it is done
  std::mutex mutex;
  std::condition_variable done;

  /// Does the work and tells the waiting thread. `skip`, if there is one, is the error instead.
  void run(const std::exception_ptr& skip);
};

/// Runs the collectives of a process on a thread of its own.
class Engine : public Link {
 public:
  /// Appends a task, which calls the collectives.
  virtual void post(std::shared_ptr<Task> task) = 0;
  /// What the functions of Communicator with these names do.
  virtual void fail(const std::string& message) = 0;
  virtual void end_after_failure(int speaker, int status) = 0;
  virtual int lowest_alive() const = 0;
  /// Sets whether there are more ranks than processors for them, so that waiting ranks sleep.
  virtual void set_crowded(bool is_crowded) = 0;
};

/// The engine of a process that mpirun started with others.
/// @throws Error as `Communicator::world` does.
std::shared_ptr<Engine> start_engine(const Communicator::Options& options);

/// Whether the environment says that mpirun or srun started several processes.
bool was_started_with_others();

}  // namespace scanline::dist
