#include "scanline/train/callbacks/progress_line.hpp"

#include <fmt/format.h>

#include <string>

#include "scanline/train/trainer.hpp"

namespace scanline::train {

void ProgressLine::on_step_end(Trainer& trainer) { progress_.update(trainer.progress()); }

void ProgressLine::on_validation_step(Trainer& trainer, const EvaluationState& state) {
  progress_.update(
      fmt::format("epoch {}/{}  validation", trainer.progress().epoch, trainer.progress().epochs),
      state);
}

void ProgressLine::on_epoch_end(Trainer& trainer, EpochFigures& figures) {
  const std::string validated = figures.val_loss && figures.val_accuracy
                                    ? fmt::format("  val loss {:.4f} accuracy {:.4f}",
                                                  *figures.val_loss, *figures.val_accuracy)
                                    : "";
  // At 80 columns this is one line, as long as there are at most 99 epochs of 10 minutes.
  progress_.line(fmt::format("epoch {}/{}  loss {:.4f} accuracy {:.4f}{}  {}", figures.epoch,
                             trainer.progress().epochs, figures.train_loss, figures.train_accuracy,
                             validated, format_duration(figures.seconds)),
                 fmt::format("  {:.0f} images/s", figures.images_per_second));
  const std::string reason = trainer.stop_reason();
  if (trainer.is_epoch_complete() && !reason.empty()) progress_.line(reason);
}

}  // namespace scanline::train
