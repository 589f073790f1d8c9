#pragma once

#include <vector>

#include "scanline/datasets/loader.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/predict/line_reading.hpp"
#include "scanline/train/evaluate.hpp"
#include "scanline/train/metrics.hpp"

namespace scanline::train {

/// What a network read in some lines.
struct LineAnswers {
  std::vector<LineReading> readings;       ///< Of each line.
  std::vector<std::vector<Index>> truths;  ///< The true characters of each line.
  double loss = 0;                         ///< The mean of `ctc_loss` over the lines.
};

/// Lets a network read all lines of a loader, in their order, in evaluation mode and without a
/// graph. The network is left in evaluation mode. `observer`, if there is one, is called after each
/// batch.
/// @throws Error for a network that reads no lines.
LineAnswers read_all(nn::Layer& network, const datasets::Loader& loader,
                     const EvaluationObserver& observer = {});

/// How good the answers are.
Score score(const LineAnswers& answers);

}  // namespace scanline::train
