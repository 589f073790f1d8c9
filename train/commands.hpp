#pragma once

#include <string>

#include "models/table.hpp"
#include "train/options.hpp"

namespace scanline::train {

/// `scanline train`: trains a classifier, tests it once at the end, prints the result line and
/// leaves a run directory. `config` is what goes into its config.toml. Returns the exit status: 0,
/// or 128 and the number of the signal that stopped it, after which it can be resumed.
/// @throws Error for whatever goes wrong.
int train_command(const TrainOptions& options, const std::string& config,
                  const models::Table& table);

/// The options of `scanline eval`.
struct EvalOptions {
  std::string model;    // run directory or safetensors file
  std::string dataset;  // empty: the one that the model was trained on
  std::string data;     // empty: the dataset's own place
  std::string split = "test";
  Index val_size = 5000;
  Index batch_size = 500;
  int threads = 0;
  bool json = false;
  std::string save_logits;  // safetensors file to write; empty for none
};

/// `scanline eval`: prints how well a model does on a dataset. @throws Error likewise.
void eval_command(const EvalOptions& options, const models::Table& table);

/// `scanline info`: prints what a model file holds. @throws Error likewise.
void info_command(const std::string& model, const models::Table& table);

}  // namespace scanline::train
