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

/// `scanline predict`: prints the class and probability of pictures. `run` returns 1 when any of
/// the pictures was bad, which is said on standard error, while the others are answered.
class PredictCommand : public Command {
 public:
  /// The catalogue has to outlive this.
  explicit PredictCommand(const Catalogue& catalogue) : catalogue_(catalogue) {}
  void declare(Fields& fields) override;
  void read(const Fields& fields, const Arguments& arguments) override;
  int run() override;

 private:
  const Catalogue& catalogue_;
  PredictOptions options_;
};

}  // namespace scanline::train
