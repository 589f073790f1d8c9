#pragma once

#include "scanline/framework/core/fields.hpp"
#include "scanline/framework/core/named_arrays.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/callbacks/callback.hpp"
#include "scanline/train/run_directory.hpp"

namespace scanline::train {

/// Keeps the best weights on validation, in memory and as best.safetensors.
class KeepBest : public Callback {
 public:
  /// How the best weights are used.
  struct Options {
    /// Whether they become the weights of the network when the run ends.
    bool test_best = false;

    /// Declares test-best.
    void declare(Fields& fields);
  };
  /// Everything but the options is referred to.
  KeepBest(const Options& options, nn::Layer& network, const ModelDescription& description,
           const RunDirectory& directory);

  /// @throws Error when best.safetensors cannot be written.
  void on_epoch_end(Trainer& trainer, EpochFigures& figures) override;
  void on_run_end(Trainer& trainer) override;
  void state(Archive& archive) override;
  /// Writes best.safetensors again, as it was when the loaded state was saved.
  /// @throws Error when it cannot be written.
  void restore_file() const;

  /// The best epoch; 0 where none was validated.
  Index epoch() const { return best_.epoch; }
  /// Its accuracy on validation, from 0 to 1; negative where none was validated.
  double accuracy() const { return best_.val_accuracy.value_or(-1); }

 private:
  void write() const;

  Options options_;
  nn::Layer& network_;
  const ModelDescription& description_;
  const RunDirectory& directory_;
  EpochFigures best_;
  NamedArrays weights_;
};

}  // namespace scanline::train
