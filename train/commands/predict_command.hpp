#pragma once

#include <string>
#include <vector>

#include "scanline/train/catalogue.hpp"

namespace scanline::train {

/// The options of `scanline predict`.
struct PredictOptions {
  std::string model;                // run directory or safetensors file
  std::vector<std::string> images;  // files
  bool json = false;                // print one JSON document
  bool show = false;                // draw what the network sees
  int threads = 0;                  // 0: all cores
};

/// `scanline predict`: prints the class and probability of pictures. If a picture cannot be read,
/// an error is printed, the other pictures are classified, and `run` returns 1.
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
