#pragma once

#include <string>
#include <vector>

#include "scanline/train/catalogue.hpp"

namespace scanline::train {

/// The options of `scanline predict`.
struct PredictOptions {
  std::string model;                // run directory or safetensors file
  std::vector<std::string> inputs;  // what PredictionInputs takes
  std::string format = "text";      // of the predictions
  bool json = false;                // the same as the format json
  bool show = false;                // draw what the network sees
  int threads = 0;                  // 0: all cores
};

/// `scanline predict`: prints the class and probability of pictures. If an input cannot be read, an
/// error is printed, the others are classified, and `run` returns 1; in the format kaggle, which
/// numbers the images, nothing is printed then.
class PredictCommand : public Command {
 public:
  /// The command refers to the catalogue, which has to outlive it.
  explicit PredictCommand(const Catalogue& catalogue) : catalogue_(catalogue) {}
  void declare(Fields& fields) override;
  void read(const Fields& fields, const Arguments& arguments) override;
  int run() override;

 private:
  const Catalogue& catalogue_;
  PredictOptions options_;
};

}  // namespace scanline::train
