#pragma once

#include <string>
#include <vector>

#include "scanline/train/catalogue.hpp"

namespace scanline::train {

/// `scanline runs`: prints a table of runs, and draws their curves in one picture. `run` returns 1
/// if a file of a run is damaged, after all other runs were listed.
class RunsCommand : public Command {
 public:
  /// A run says for itself what options it has, so that the catalogue is not needed.
  explicit RunsCommand(const Catalogue&) {}
  void declare(Fields& fields) override;
  int run() override;

 private:
  std::vector<std::string> paths_;
  std::string sort_ = "name";
  std::string format_ = "text";
  std::string plot_;
  bool group_ = false;
};

}  // namespace scanline::train
