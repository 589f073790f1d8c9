#pragma once

#include <optional>
#include <vector>

#include "scanline/datasets/loader.hpp"
#include "scanline/framework/dist/communicator.hpp"
#include "scanline/framework/dist/gradient_sum.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/train/losses.hpp"
#include "scanline/train/task.hpp"

namespace scanline::train {

/// The forward and backward passes of a training step that several ranks compute together, or that
/// one process computes in pieces. The gradients are those of whole batches.
class RankStep {
 public:
  /// What a rank tells the others in each step.
  struct Notes {
    bool is_over = false;  ///< Whether the run is to end; that of the first rank counts.
    int signal = 0;        ///< A signal that the process has received; 0 without one.
  };
  /// What all ranks know after a step.
  struct Result {
    double loss = 0;       ///< The mean loss of the step.
    Index correct = 0;     ///< The images, or lines, that were answered right.
    int failed_rank = -1;  ///< The first rank whose loss is not finite; negative without one.
    Notes notes = {};      ///< Those of the ranks.
  };

  /// `task` is that of the network and the loss. Everything is referred to but the ranks.
  /// `division` says which pieces of a batch this rank computes.
  RankStep(nn::Layer& network, Task& task, const Loss& loss, const dist::Communicator& ranks,
           const datasets::Division& division);

  /// Lets all ranks know the notes of all, between steps.
  /// @throws dist::RankFailure when a rank has failed.
  Notes agree(const Notes& own);
  /// Begins a step.
  void begin(const Notes& notes);
  /// Adds the gradients of this rank's rows of a batch, which has `share` of the step's images.
  /// While the last batch of the step is computed, gradients begin to travel to the other ranks.
  void add(const datasets::Batch& batch, double share, bool is_last);
  /// Returns when the network's parameters have the gradients of the whole step.
  /// @throws dist::RankFailure when a rank has failed.
  Result finish();

 private:
  /// Computes the rows of a piece. Returns what it adds to the loss of the step, as a tensor.
  Tensor forward(const datasets::Batch& batch, Index piece, double share);
  /// The weight of all rows of a batch in its mean loss, of which this rank has some.
  double weight_of(const datasets::Batch& batch) const;
  /// The place of a piece among those of this rank.
  Index place(Index piece) const { return piece - division_.begin; }
  void send_notes();
  Result receive_notes();

  Task& task_;
  const Loss& loss_;
  dist::Communicator ranks_;
  datasets::Division division_;
  dist::GradientSum gradients_;
  std::vector<double> losses_;  // of the pieces of this rank
  // The loss, the number of correct predictions and whether the run is over; then, of each rank,
  // whether its loss is finite, and its signal.
  std::vector<double> sent_;
  dist::Pending sending_;
  bool is_sent_ = false;
};

}  // namespace scanline::train
