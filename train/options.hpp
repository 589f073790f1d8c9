#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::train {

/// The options that every run of `scanline train` has; `RunOptions` adds those of the chosen model,
/// optimizer and so on.
struct TrainOptions {
  std::string dataset = "mnist";  // what to train on
  std::string data;  // directory of the dataset's files; empty for the dataset's own place
  std::string model = "bilstm";      // name in the table of models
  std::string recipe = "default";    // what the other values started from
  Index epochs = 24;                 // passes over the training images
  Index batch_size = 128;            // images in a training step
  Index test_batch_size = 500;       // images at once in evaluation
  std::string optimizer = "adamw";   // sgd, adam, adamw or rmsprop
  double learning_rate = 3e-3;       // at its highest
  double weight_decay = 0.01;        // pull of the weights towards zero
  double momentum = 0.9;             // of sgd and rmsprop
  double beta2 = 0.99;               // how slowly adam and adamw forget squared gradients
  std::string schedule = "cosine";   // constant, cosine, onecycle, step or plateau
  double warmup = 0.1;               // fraction of all steps
  double clip_norm = 1;              // 0: no clipping
  double label_smoothing = 0.02;     // 0: none
  double ema = 0.999;                // decay of the averaged weights; 0: no averaging
  std::string augment = "affine";    // name of a deformation of training images
  Index val_size = 5000;             // images held out for validation; 0: none
  std::string init;                  // file with the weights to start from; empty for random ones
  bool no_shuffle = false;           // take images in the order of the file
  Index max_steps = 0;               // updates in the whole run; 0: no limit
  Index limit_train_batches = 0;     // of each epoch; 0: no limit
  Index overfit_batches = 0;         // train on the first so many alone, unshuffled; 0: on all
  double max_time = 0;               // minutes in the training loop; 0: no limit
  bool dry_run = false;              // one step and one batch of each evaluation; leaves nothing
  std::uint64_t seed = 1;            // of all that is random
  int threads = 0;                   // 0: all cores
  std::string out;                   // run directory; empty for the next free one
  bool exist_ok = false;             // use a run directory that holds something
  std::string resume;                // run directory to go on with; empty for a new run
  bool finish = false;               // end the resumed run where it is, with test and report
  std::string config;                // TOML file with options; empty for none
  bool dump_config = false;          // print the options and do nothing else
  Index patience = 0;                // epochs without progress after which the run ends; 0: never
  std::string monitor = "val_loss";  // figure that progress is measured by
  double min_delta = 0;              // smallest change that is progress
  bool test_best = false;            // test the weights that did best on validation, not the last
  Index save_every = 0;              // steps; 0: a checkpoint after each epoch alone
  int keep_last = 2;                 // checkpoints
  Index log_every = 0;               // steps; 0: epochs alone are logged
  std::string progress = "auto";     // auto, bar, plain or none
  bool quiet = false;                // as progress none
  bool check_nan = true;             // stop at what is not finite

  /// Of the products in recurrent layers while training: float32 or bf16.
  std::string precision = "float32";
};

}  // namespace scanline::train
