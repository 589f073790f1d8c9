#pragma once

#include <cstdint>
#include <string>

#include "scanline/framework/core/shape.hpp"
#include "scanline/train/callbacks/check_finite.hpp"
#include "scanline/train/callbacks/checkpoints.hpp"
#include "scanline/train/callbacks/clip_gradients.hpp"
#include "scanline/train/callbacks/early_stopping.hpp"
#include "scanline/train/callbacks/ema.hpp"
#include "scanline/train/callbacks/keep_best.hpp"
#include "scanline/train/callbacks/metrics_log.hpp"
#include "scanline/train/callbacks/profile_ops.hpp"
#include "scanline/train/run_length.hpp"

namespace scanline::train {

/// The options that every run of `scanline train` has; `RunOptions` adds those of the chosen model,
/// optimizer and so on.
struct TrainOptions {
  std::string dataset = "mnist";  // what to train on
  std::string data;        // directory of the dataset's files; empty for the dataset's own place
  double val_size = 0.1;   // images held out for validation, or a fraction of them; 0: none
  double test_size = 0.1;  // likewise for the test, where the dataset has no test part
  std::string prepare = "none";  // how images, and later pictures, are prepared: none or digit
  std::string image_size;        // "HEIGHTxWIDTH" of all images; empty for their own
  bool skip_bad = false;         // leave out pictures that cannot be read
  std::string augment = "none";  // augmentation of training images
  bool no_shuffle = false;       // take images in the order of the file

  std::string model = "bilstm";  // the model to train
  std::string init;              // file with the weights to start from; empty for random ones
  std::string freeze;            // patterns of parameters that are not trained; empty for none

  std::string recipe = "default";      // what the other values started from
  RunLength length;                    // of the run
  Index batch_size = 128;              // images in a training step
  Index test_batch_size = 500;         // images at once in evaluation
  std::string optimizer = "adamw";     // what updates the weights
  double learning_rate = 1e-3;         // the highest
  std::string schedule = "constant";   // of the learning rate
  double warmup = 0;                   // fraction of all steps in which the learning rate rises
  std::string loss = "cross-entropy";  // what training makes small
  ClipGradients::Options clipping;     // of the gradients
  Ema::Options averaging;              // of the weights
  std::string precision = "float32";   // of products in recurrent layers while training, or bf16
  EarlyStopping::Options stopping;     // when no progress is made
  KeepBest::Options best;              // what the best weights are for

  std::uint64_t seed = 1;         // random seed
  int threads = 0;                // 0: all cores
  Index deterministic_ranks = 0;  // pieces of a batch, for the same bits on as many ranks; 0: off
  double rank_timeout = 300;      // seconds without an answer after which a rank is lost
  std::string out;                // run directory; empty for the next free one
  bool exist_ok = false;          // use a run directory that holds something
  std::string resume;             // run directory to continue; empty for a new run
  std::string notes;              // what the user wants to remember of the run
  std::string config;             // TOML file or run directory with options; empty for none
  bool dump_config = false;       // print the options and do nothing else

  Checkpoints::Options checkpoints;  // how often, and how many
  MetricsLog::Options logging;       // of steps
  std::string progress = "auto";     // auto, bar, plain or none
  bool quiet = false;                // the same as progress none

  bool dry_run = false;           // some steps and a batch of each evaluation; leaves nothing
  Index overfit_batches = 0;      // train only on the first N, unshuffled; 0: on all
  CheckFinite::Options checking;  // of losses and gradients
  ProfileOps::Options profiling;  // of the ops of some steps
};

/// Checks a value of `--val-size` or `--test-size`.
/// @throws Error unless it is a whole number, or a fraction below 1.
void check_held_out(double size);

}  // namespace scanline::train
