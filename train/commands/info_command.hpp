#pragma once

#include <string>

#include "scanline/train/catalogue.hpp"

namespace scanline::train {

/// `scanline info`: prints the architecture, tensors and training facts in a model file.
class InfoCommand : public Command {
 public:
  /// The command refers to the catalogue, which has to outlive it.
  explicit InfoCommand(const Catalogue& catalogue) : catalogue_(catalogue) {}
  void declare(Fields& fields) override;
  int run() override;

 private:
  const Catalogue& catalogue_;
  std::string model_;
};

}  // namespace scanline::train
