#include "scanline/train/callbacks/check_finite.hpp"

#include <fmt/format.h>

#include <cmath>

#include "scanline/framework/dist/communicator.hpp"
#include "scanline/train/trainer.hpp"

namespace scanline::train {
namespace {

bool all_finite(const Array& values) {
  for (Index i = 0; i < values.size(); ++i)
    if (!std::isfinite(values.at(i))) return false;
  return true;
}

}  // namespace

void CheckFinite::Options::declare(Fields& fields) {
  fields.add("check-nan", check_nan, "Stop at the first loss or gradient that is not finite");
  fields
      .add("detect-anomaly", detect_anomaly,
           "Stop at the first op whose result or gradient is not finite, and name it; slow")
      .not_stored();
}

CheckFinite::CheckFinite(const Options& options, const nn::Module& network,
                         const ClipGradients& clip)
    : options_(options), network_(network), clip_(clip) {
  if (options_.detect_anomaly) detect_anomaly_.emplace();
}

void CheckFinite::on_gradients_ready(Trainer& trainer) {
  if (!options_.check_nan) return;
  const Index step = trainer.step() + 1;
  if (!std::isfinite(trainer.loss()))
    throw dist::SharedError(fmt::format(
        "step {}: the loss is {}{}", step, trainer.loss(),
        trainer.failed_rank() < 0 ? "" : fmt::format(" on rank {}", trainer.failed_rank())));
  // A gradient that is not finite makes the norm so: while that is finite, none need be looked at.
  if (std::isfinite(clip_.norm())) return;
  for (const nn::NamedTensor& parameter : network_.named_parameters())
    if (parameter.tensor.grad().defined() && !all_finite(parameter.tensor.grad()))
      throw dist::SharedError(
          fmt::format("step {}: the gradient of {} is not finite", step, parameter.name));
}

}  // namespace scanline::train
