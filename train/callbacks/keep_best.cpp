#include "scanline/train/callbacks/keep_best.hpp"

#include <filesystem>
#include <system_error>

#include "scanline/framework/io/checkpoint.hpp"
#include "scanline/train/trainer.hpp"

namespace scanline::train {

void KeepBest::Options::declare(Fields& fields) {
  fields.add("test-best", test_best,
             "Test the weights with the best validation accuracy instead of the last ones");
}

KeepBest::KeepBest(const Options& options, nn::Layer& network, const ModelDescription& description,
                   const RunDirectory& directory)
    : options_(options), network_(network), description_(description), directory_(directory) {}

void KeepBest::on_epoch_end(Trainer& trainer, EpochFigures& figures) {
  if (!is_better(figures, best_)) return;
  best_ = figures;
  weights_.clear();
  trainer.swap_weights();
  for (const auto& [name, array] : network_.state_dict()) weights_.emplace(name, array.copy());
  trainer.swap_weights();
  write();
}

void KeepBest::on_run_end(Trainer&) {
  if (options_.test_best && epoch() > 0) network_.load_state_dict(weights_);
}

void KeepBest::state(Archive& archive) {
  double accuracy = best_.val_accuracy.value_or(-1), loss = best_.val_loss.value_or(0);
  archive.value("best.epoch", best_.epoch);
  archive.value("best.accuracy", accuracy);
  archive.value("best.loss", loss);
  archive.arrays("best.", weights_);
  if (archive.is_loading() && epoch() > 0) {
    best_.val_accuracy = accuracy;
    best_.val_loss = loss;
  }
}

void KeepBest::restore_file() const {
  if (epoch() > 0) {
    write();
    return;
  }
  std::error_code ignored;
  std::filesystem::remove(directory_.best_file(), ignored);
}

void KeepBest::write() const {
  io::write_checkpoint(directory_.best_file(), {weights_, to_metadata(description_)});
}

}  // namespace scanline::train
