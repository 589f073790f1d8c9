#pragma once

#include <optional>
#include <string>

#include "scanline/train/run_options.hpp"

namespace scanline::train {

/// The options of `scanline data` that no run has.
struct DataOptions {
  std::string path;   // directory or file of the dataset; empty for the dataset's own place
  std::string sheet;  // picture with samples to write; empty for none
  bool json = false;  // print one JSON document
};

/// `scanline data`: prints what a dataset holds, and draws samples of it. If a part cannot be read,
/// an error is printed, the other part is described, and `run` returns 1.
class DataCommand : public Command {
 public:
  /// The command refers to the catalogue, which has to outlive it.
  explicit DataCommand(const Catalogue& catalogue) : catalogue_(catalogue), possible_(catalogue) {}
  void declare(Fields& fields) override;
  void read(const Fields& fields, const Arguments& arguments) override;
  Settings values(const Fields& fields) const override;
  int run() override;

 private:
  void declare_own(Fields& fields);

  const Catalogue& catalogue_;
  PossibleOptions possible_;
  DataOptions options_;
  std::optional<RunOptions> run_options_;  // dataset, validation size and augmentation
};

}  // namespace scanline::train
