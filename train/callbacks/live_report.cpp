#include "scanline/train/callbacks/live_report.hpp"

#include "scanline/train/config.hpp"
#include "scanline/train/report/report.hpp"
#include "scanline/train/trainer.hpp"

namespace scanline::train {

LiveReport::LiveReport(RunDirectory& directory, const ModelDescription& description,
                       const Fields& options, Duration first_cost)
    : directory_(directory), description_(description), options_(options), cost_(first_cost) {}

void LiveReport::on_epoch_end(Trainer& trainer, EpochFigures&) {
  constexpr int hundredth = 100;
  const Clock::time_point begin = Clock::now();
  // After the last epoch comes the report of the whole run.
  if (trainer.is_finished() || begin - last_ < hundredth * cost_) return;
  write_live_report(directory_.path(), {.description = description_,
                                        .config = to_config(options_),
                                        .options = options_.settings(),
                                        .epochs = directory_.log().epochs(),
                                        .all_epochs = trainer.progress().epochs});
  last_ = Clock::now();
  cost_ = last_ - begin;
}

}  // namespace scanline::train
