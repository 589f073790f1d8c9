#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "scanline/framework/core/error.hpp"

namespace scanline::dist {

class Engine;
struct Task;

/// A rank has failed, was lost, or did not answer in time. All ranks that use their communicator
/// get this error, with the same message.
class RankFailure : public Error {
 public:
  /// `rank` failed as `message` says.
  RankFailure(int rank, const std::string& message) : Error(message), rank_(rank) {}
  /// The rank that failed.
  int rank() const { return rank_; }

 private:
  int rank_;
};

/// An error that all ranks find at the same time, so that none has to tell the others.
class SharedError : public Error {
 public:
  using Error::Error;
};

/// Something that a communicator does while the program computes.
class Pending {
 public:
  /// What is done already.
  Pending() = default;
  /// Waits until it is done. Meanwhile this thread runs idle work.
  /// @throws RankFailure when a rank has failed.
  void wait();

 private:
  friend class Communicator;
  explicit Pending(std::shared_ptr<Task> task) : task_(std::move(task)) {}

  std::shared_ptr<Task> task_;  // null when it is done
};

/// The processes that train together. Each is a rank, numbered from 0. All ranks have to call the
/// same functions in the same order. With a single process every function returns at once.
///
/// Messages are sent and received by a thread of the communicator, in the order of the calls, so
/// that the program computes meanwhile. Sums are added up in an order that depends only on the
/// number of ranks, so they have the same bits in each run and on all ranks.
class Communicator {
 public:
  /// How a communicator waits for other ranks.
  struct Options {
    /// Seconds without an answer after which a rank counts as lost.
    double timeout = 300;
    /// Tells whether the process was asked to end, after which a rank that does not answer at once
    /// counts as lost.
    std::function<bool()> is_interrupted = {};
  };

  /// A single process.
  Communicator() = default;
  /// The processes that mpirun or srun has started together, or a single one if there are none. A
  /// process can have this communicator only once.
  /// @throws Error when there are others but MPI is not built in, or it cannot be started.
  static Communicator world(const Options& options);
  /// The same with default options.
  static Communicator world() { return world({}); }
  /// Whether MPI is built in.
  static bool has_mpi();

  /// The number of this process.
  int rank() const { return rank_; }
  /// The number of processes.
  int size() const { return size_; }
  /// Whether this is a single process.
  bool is_alone() const { return size_ == 1; }
  /// The number of ranks that run on the processors of this one: those on the same machine that may
  /// use the same processors.
  int sharing_ranks() const { return sharing_; }

  /// Replaces the values of each rank by the sums over all ranks.
  /// @throws RankFailure when a rank has failed, as all functions below do.
  void sum(std::span<float> values) const { start_sum(values).wait(); }
  /// The same for float64.
  void sum(std::span<double> values) const { start_sum(values).wait(); }
  /// Begins `sum`. The values may not be used before it is done.
  Pending start_sum(std::span<float> values) const;
  /// The same for float64.
  Pending start_sum(std::span<double> values) const;

  /// Copies the bytes of rank `root` to all other ranks, which need as many.
  void broadcast(std::span<std::byte> bytes, int root = 0) const;
  /// The text of rank `root`.
  std::string broadcast(std::string text, int root = 0) const;
  /// The texts of all ranks, in their order.
  std::vector<std::string> gather(const std::string& text) const;
  /// Returns when all ranks have called this.
  void barrier() const;

  /// Tells all other ranks that this one has failed: their calls throw RankFailure.
  void fail(const std::string& message) const;
  /// Ends the process like MPI_Abort, and all other ranks with it, if a rank has failed and can no
  /// longer be waited for. Ranks other than `speaker` first give that one time to end this way.
  /// Without a failure nothing happens.
  void end_after_failure(int speaker, int status) const;
  /// The lowest rank that is not known to be lost, which is the one to tell the user of a failure.
  int lowest_alive() const;

 private:
  explicit Communicator(std::shared_ptr<Engine> engine);
  Pending start(std::function<void()> work) const;

  std::shared_ptr<Engine> engine_;  // null for a single process
  int rank_ = 0, size_ = 1, sharing_ = 1;
};

/// The number of this process among those that mpirun or srun has started together, before there is
/// a communicator; 0 if there are no others.
int started_rank();

}  // namespace scanline::dist
