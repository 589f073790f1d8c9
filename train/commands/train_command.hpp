#pragma once

#include <optional>

#include "scanline/framework/dist/communicator.hpp"
#include "scanline/train/run_options.hpp"

namespace scanline::train {

/// `scanline train`: trains a classifier, tests it once at the end, prints the result line and
/// leaves a run directory. `run` returns 0, or 128 plus the number of the signal that stopped the
/// run, which can then be resumed.
class TrainCommand : public Command {
 public:
  /// The command refers to the catalogue, which has to outlive it.
  explicit TrainCommand(const Catalogue& catalogue) : catalogue_(catalogue), possible_(catalogue) {}
  void declare(Fields& fields) override;
  void read(const Fields& fields, const Arguments& arguments) override;
  Settings values(const Fields& fields) const override;
  bool runs_on_all_ranks() const override { return true; }
  int run() override;

 private:
  int train_on(const dist::Communicator& ranks);

  const Catalogue& catalogue_;
  PossibleOptions possible_;
  FoundSettings settings_;
  std::optional<RunOptions> options_;  // that these lead to
};

}  // namespace scanline::train
