#pragma once

#include <string>

#include "scanline/train/catalogue.hpp"

namespace scanline::train {

/// The options of `scanline serve`.
struct ServeOptions {
  std::string path = "runs";       // model file, run directory or folder of runs
  std::string host = "127.0.0.1";  // name or address to listen on
  int port = 8080;                 // 0: any free one
};

/// `scanline serve`: serves a page that shows runs while they train, and reads digits that are
/// drawn on it, until a signal ends it. A build without cpp-httplib has no server: `run` then
/// throws an Error that says so.
class ServeCommand : public Command {
 public:
  /// The command refers to the catalogue, which has to outlive it.
  explicit ServeCommand(const Catalogue& catalogue) : catalogue_(catalogue) {}
  void declare(Fields& fields) override;
  int run() override;

 private:
  [[maybe_unused]] const Catalogue& catalogue_;
  ServeOptions options_;
};

}  // namespace scanline::train
