#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scanline/train/catalogue.hpp"

namespace scanline::train {

/// The options of `scanline eval`.
struct EvalOptions {
  std::vector<std::string> models;  // run directories or safetensors files
  std::string dataset;              // empty: the one that a model was trained on
  Settings dataset_options;         // of this dataset, which replace those of the run
  std::string data;                 // empty: that of the run, or else the dataset's own place
  std::string split;                // test, val or train; empty: test, or all images of --data
  std::optional<double> val_size;   // images held out, for val and train; none: as in the run
  bool skip_bad = false;            // leave out pictures that cannot be read
  bool ensemble = false;            // average the probabilities of several models
  Index batch_size = 500;           // images at once
  int threads = 0;                  // 0: all cores
  bool json = false;                // print one JSON document
  std::string save_logits;          // safetensors file to write; empty for none
};

/// `scanline eval`: prints the metrics of a model on a dataset, a row for each of several models,
/// or the metrics of their ensemble.
class EvalCommand : public Command {
 public:
  /// The command refers to the catalogue, which has to outlive it.
  explicit EvalCommand(const Catalogue& catalogue) : catalogue_(catalogue) {}
  void declare(Fields& fields) override;
  void read(const Fields& fields, const Arguments& arguments) override;
  int run() override;

 private:
  /// Declares the options of this command, without those of datasets.
  void declare_own(Fields& fields);

  const Catalogue& catalogue_;
  EvalOptions options_;
  std::vector<std::shared_ptr<datasets::Sources::Factory>> datasets_;  // whose options are declared
};

}  // namespace scanline::train
