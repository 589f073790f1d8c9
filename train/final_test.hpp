#pragma once

#include <string>
#include <vector>

#include "scanline/framework/nn/module.hpp"
#include "scanline/train/evaluate.hpp"
#include "scanline/train/run_data.hpp"
#include "scanline/train/run_directory.hpp"
#include "scanline/train/run_options.hpp"
#include "scanline/train/training.hpp"

namespace scanline::train {

/// Tests the network of a run that has ended on its `tested_images`, and leaves model, plots,
/// report and the record of the test in the run directory. The kind of the record is "test", or
/// "val" or "train" where there are no images for a test. `observer` is called after each batch.
/// If there are several `ranks`, the others call `help_to_test`.
/// @throws Error when a file cannot be written.
Score test_and_report(nn::Layer& network, const ModelDescription& description, const RunData& data,
                      const RunOptions& run, RunDirectory& directory,
                      const dist::Communicator& ranks, const EvaluationObserver& observer);

/// Tests the network on this rank's share of the `tested_images`. Lines are read by the first rank.
void help_to_test(nn::Layer& network, const ModelDescription& description, const RunData& data,
                  const RunOptions& run, const dist::Communicator& ranks);

/// Lines that say why the run ended if it was before the last epoch, what was tested, and how sure
/// the result is. `split` names the images.
std::vector<std::string> summary(Training& training, const TrainOptions& options,
                                 const Score& score, const RunDirectory& directory,
                                 const std::string& split);

}  // namespace scanline::train
