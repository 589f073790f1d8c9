#include "scanline/train/callbacks/progress_line.hpp"

#include <fmt/format.h>

#include <string>

#include "scanline/train/trainer.hpp"

namespace scanline::train {

void ProgressLine::on_step_end(Trainer& trainer) { progress_.update(trainer.progress()); }

void ProgressLine::on_epoch_end(Trainer& trainer, EpochFigures& figures) {
  const std::string validated = figures.val_loss && figures.val_accuracy
                                    ? fmt::format("  val loss {:.4f} accuracy {:.4f}",
                                                  *figures.val_loss, *figures.val_accuracy)
                                    : "";
  progress_.line(fmt::format(
      "epoch {}/{}  train loss {:.4f} accuracy {:.4f}{}  {:.0f} images/s  {}", figures.epoch,
      trainer.progress().epochs, figures.train_loss, figures.train_accuracy, validated,
      figures.images_per_second, format_duration(figures.seconds)));
  const std::string reason = trainer.stop_reason();
  if (trainer.is_epoch_complete() && !reason.empty()) progress_.line(reason);
}

}  // namespace scanline::train
