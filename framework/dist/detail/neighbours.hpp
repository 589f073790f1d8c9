#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

namespace scanline::dist {

/// The processes of the ranks on this machine. All members are called by the thread that calls MPI.
class Neighbours {
 public:
  /// Finds them. All ranks have to call this.
  void find();
  /// The first rank whose process has ended; nothing where all run.
  std::optional<int> ended() const;

 private:
  std::vector<pid_t> processes_;  // by rank; 0 on other machines
};

}  // namespace scanline::dist
