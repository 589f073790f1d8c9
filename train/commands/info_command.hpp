#pragma once

#include <string>

#include "scanline/train/catalogue.hpp"

namespace scanline::train {

/// `scanline info`: prints what a model file holds.
class InfoCommand : public Command {
 public:
  /// The catalogue has to outlive this.
  explicit InfoCommand(const Catalogue& catalogue) : catalogue_(catalogue) {}
  void declare(Fields& fields) override;
  int run() override;

 private:
  const Catalogue& catalogue_;
  std::string model_;
};

}  // namespace scanline::train
