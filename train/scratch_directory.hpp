#pragma once

#include <string>

namespace scanline::train {

/// A directory for temporary files that is removed with all that lies in it.
class ScratchDirectory {
 public:
  /// Makes one where TMPDIR says. @throws Error when it cannot be made.
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  /// The directory.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace scanline::train
