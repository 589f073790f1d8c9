#pragma once

#include <functional>

#include "scanline/framework/dist/communicator.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/train/run_identity.hpp"
#include "scanline/train/trainer.hpp"

namespace scanline::train {

/// Runs `body` on all processes that mpirun has started, or on this one if there are no others.
/// Only the first rank speaks to the user. If a rank fails, the others end too: one of them says
/// why, and this function does not return. `timeout` is that of the communicator.
/// @throws Error if there are no other processes and `body` throws it.
int run_on_ranks(double timeout, const std::function<int(const dist::Communicator& ranks)>& body);

/// The number of threads for each rank that uses all processors: the ranks on the same processors
/// share them.
int threads_of_rank(const dist::Communicator& ranks);

/// Compares what the ranks train.
/// @throws dist::SharedError unless they have the same version of scanline, options and images.
///   The message names the first rank that differs.
void check_same(const dist::Communicator& ranks, const RunIdentity& identity);

/// Takes the trainers of all ranks to where that of the first one is.
void share_state(const dist::Communicator& ranks, Trainer& trainer);

/// Gives the parameters and buffers of the first rank's network to all others.
void share_weights(const dist::Communicator& ranks, const nn::Module& network);

}  // namespace scanline::train
