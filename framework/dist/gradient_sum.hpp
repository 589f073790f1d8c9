#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/dist/communicator.hpp"

namespace scanline::dist {

/// Adds up the gradients of a network's parameters over all ranks while backward passes still run.
/// In a training loop it takes the place of `loss.backward()`:
///
///     gradients.backward(loss);  // each rank's part in the loss of the batch
///     gradients.finish();        // before the optimizer's step
///
/// Gradients travel in buckets, those of the last layers first: a bucket starts when the backward
/// pass is done with all of its parameters. With a single rank, `backward` is that of the loss, and
/// `finish` does nothing.
class GradientSum {
 public:
  /// Adds up the gradients of those `parameters` that require one. A rank may compute its share of
  /// a batch in `pieces`, one after another, whose gradients are added up as if each were of a rank
  /// of its own: N ranks with one piece and one rank with N pieces get the same bits where N is a
  /// power of two. The gradients of several pieces begin to travel in `finish`.
  /// @throws Error unless `pieces` is at least 1.
  GradientSum(const Communicator& ranks, const std::vector<Tensor>& parameters, Index pieces = 1);

  /// Runs the backward pass of the loss of a piece. If this is the last one of a step, gradients
  /// start to travel. Where there are several pieces, gradients from before the step are discarded.
  /// @throws Error as `Tensor::backward` does.
  void backward(const Tensor& loss, Index piece = 0, bool is_last = true);
  /// Returns when the parameters have the sums as their gradients. A rank may call this without
  /// `backward` before, and then adds the gradients that its parameters have, if any.
  /// @throws RankFailure when a rank has failed.
  void finish();

 private:
  /// Gradients that travel together: one after another, and then a one for each that exists.
  struct Bucket {
    std::vector<std::size_t> parameters;
    Index size = 0;           // of all gradients
    std::size_t missing = 0;  // gradients that are not complete yet
    Array values = {};        // is made when it is first needed
    Pending sum = {};
  };

  void add_to_buckets(std::size_t parameter);
  /// Takes note that the backward pass is done with a parameter.
  void complete(const Node& leaf);
  /// Starts the next buckets, in their order, as far as they are complete, or all of them.
  void start_buckets(bool all);
  void start(Bucket& bucket);
  void receive(Bucket& bucket);
  /// Makes the sums of all pieces the gradients of the parameters.
  void add_up_pieces();
  Array& gradient(std::size_t parameter) const { return parameters_[parameter].edge().get().grad; }

  Communicator ranks_;
  std::vector<Tensor> parameters_;
  std::vector<std::vector<Array>> pieces_;  // their gradients, where there are several
  std::vector<Bucket> buckets_;
  std::unordered_map<const Node*, std::size_t> bucket_of_;  // by the parameter's node
  std::size_t started_ = 0;                                 // buckets
};

}  // namespace scanline::dist
