#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "scanline/framework/autograd/op_observer.hpp"

namespace scanline {

/// While a Profile is alive, it measures the ops on this thread: how long they take forward and
/// backward, how often they are called, and how much memory their results take, for each op of each
/// layer.
///
///     Profile profile;
///     for (int step = 0; step < 10; ++step) {
///       const Tensor loss = cross_entropy(network(images), labels);
///       loss.backward();
///     }
///     std::cout << profile;
///
/// The time of an op begins where the op before it ended, so that it contains everything that was
/// done to prepare it.
class Profile : public OpObserver {
 public:
  /// What was measured of one op in one layer.
  struct Row {
    std::uint64_t calls = 0;  ///< Calls of the op.
    double forward = 0;       ///< Seconds in these calls.
    double backward = 0;      ///< Seconds in the backward functions.
    double bytes = 0;         ///< Memory of the results that are no views of the inputs.
  };
  /// A layer and an op in it.
  using Name = std::pair<std::string, std::string>;

  /// Begins to measure.
  Profile();

  /// All rows by layer and op.
  const std::map<Name, Row>& rows() const { return rows_; }
  /// Adds the time since the last op, or the last call of this function, to the row `name` of no
  /// layer: "optimizer".
  void add_time(const std::string& name);

  void after_op(const char* op, const std::vector<Tensor>& inputs, std::span<const Array> results,
                const Node* node) override;
  void before_backward(const Node& node) override;
  void after_backward(const Node& node) override;
  void at_layer() override;

 private:
  using Clock = std::chrono::steady_clock;
  /// Seconds since the last call.
  double lap();

  std::map<Name, Row> rows_;
  std::unordered_map<std::uint64_t, Row*> row_of_node_;
  bool in_backward_ = false;  // what a backward function calls is a part of it
  Clock::time_point last_;
};

/// A table of 80 columns: the ops that took longest come first, with their times in milliseconds
/// and shares. Times, calls and memory are divided by `steps`.
std::string to_string(const Profile& profile, int steps = 1, std::size_t most_rows = 25);
/// Writes `to_string(profile)`.
std::ostream& operator<<(std::ostream& out, const Profile& profile);

}  // namespace scanline
