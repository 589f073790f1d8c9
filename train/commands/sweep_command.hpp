#pragma once

#include <filesystem>
#include <string>

#include "scanline/train/sweep_plan.hpp"

namespace scanline::train {

/// `scanline sweep`: trains every combination of listed values of the options of `train`, each in a
/// process of its own, and prints the table of runs. `run` returns 0, 1 if a run failed, or 128
/// plus the number of the signal that stopped the sweep, which can then be continued.
class SweepCommand : public Command {
 public:
  /// The command refers to the catalogue, which has to outlive it.
  explicit SweepCommand(const Catalogue& catalogue) : catalogue_(catalogue), possible_(catalogue) {}
  void declare(Fields& fields) override;
  void read(const Fields& fields, const Arguments& arguments) override;
  Settings values(const Fields& fields) const override;
  int run() override;

 private:
  /// The directory of the sweep that is continued, or a new one.
  std::filesystem::path choose_directory() const;

  const Catalogue& catalogue_;
  PossibleOptions possible_;
  std::string out_, resume_;
  int jobs_ = 0;
  bool quiet_ = false;
  bool dry_run_ = false;
  SweepLists lists_;
  SweepPlan plan_;
};

}  // namespace scanline::train
