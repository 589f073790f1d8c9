#pragma once

#include <filesystem>

#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/io/safetensors.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/callbacks/callback.hpp"
#include "scanline/train/run_directory.hpp"
#include "scanline/train/run_identity.hpp"

namespace scanline::train {

/// Saves the state of a trainer and all its callbacks in the run directory: before the first step,
/// after each epoch, when the run stops within an epoch, and every `save_every` steps. Callbacks
/// whose state an epoch changes have to come before this one in the list.
class Checkpoints : public Callback {
 public:
  /// How often checkpoints are saved, and how many are kept.
  struct Options {
    /// Steps between checkpoints within an epoch; 0: there are none.
    Index save_every = 0;
    /// The number of checkpoints to keep.
    int keep_last = 2;

    /// Declares save-every and keep-last.
    void declare(Fields& fields);
  };
  /// Everything but the options is referred to.
  Checkpoints(const Options& options, RunDirectory& directory, const RunIdentity& identity,
              const ModelDescription& description);

  /// @throws Error when the checkpoint cannot be written.
  void on_checkpoint(Trainer& trainer) override { save(trainer); }
  /// @throws Error when the checkpoint cannot be written.
  void on_step_end(Trainer& trainer) override;
  /// @throws Error when the checkpoint cannot be written.
  void on_epoch_end(Trainer& trainer, EpochFigures& figures) override;

  /// Sets the trainer and its callbacks to where a run was when it saved this checkpoint. The run
  /// that continues from there has the same bits as one that was never stopped.
  /// @throws Error, naming `file`, when its content does not fit, it is of a run with another
  ///   identity, or the schedule depends on the number of all steps and that is another one now.
  void restore(Trainer& trainer, const std::filesystem::path& file,
               const io::Safetensors& checkpoint) const;

 private:
  void save(Trainer& trainer);

  Options options_;
  RunDirectory& directory_;
  const RunIdentity& identity_;
  const ModelDescription& description_;
};

}  // namespace scanline::train
