#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scanline/models/table.hpp"
#include "scanline/train/config.hpp"
#include "scanline/train/options.hpp"

namespace scanline::train {

/// `scanline train`: trains a classifier, tests it once at the end, prints the result line and
/// leaves a run directory. `config` holds the same options by name. Returns the exit status: 0, or
/// 128 and the number of the signal that stopped it, after which it can be resumed.
/// @throws Error for whatever goes wrong.
int train_command(const TrainOptions& options, const Config& config, const models::Table& table);

/// The options of `scanline eval`.
struct EvalOptions {
  std::vector<std::string> models;  // run directories or safetensors files
  std::string dataset;              // empty: the one that a model was trained on
  std::string data;                 // empty: that of the run, or else the dataset's own place
  std::string split = "test";       // or val, or train
  std::optional<Index> val_size;    // images held out, for val and train; none: as in the run
  bool ensemble = false;            // average the probabilities of several models
  Index batch_size = 500;           // images at once
  int threads = 0;                  // 0: all cores
  bool json = false;                // print one JSON document
  std::string save_logits;          // safetensors file to write; empty for none
};

/// `scanline eval`: prints how well a model does on a dataset, a row for each of several models, or
/// how well these do together. @throws Error for whatever goes wrong.
void eval_command(const EvalOptions& options, const models::Table& table);

/// The options of `scanline predict`.
struct PredictOptions {
  std::string model;                // run directory or safetensors file
  std::vector<std::string> images;  // files
  bool json = false;                // print one JSON document
  bool show = false;                // draw what the network sees
  int threads = 0;                  // 0: all cores
};

/// `scanline predict`: prints what a model takes pictures for. Returns the exit status: 1 when any
/// of the pictures was bad, which is said on standard error, while the others are answered.
/// @throws Error for whatever goes wrong.
int predict_command(const PredictOptions& options, const models::Table& table);

/// `scanline info`: prints what a model file holds. @throws Error for whatever goes wrong.
void info_command(const std::string& model, const models::Table& table);

}  // namespace scanline::train
