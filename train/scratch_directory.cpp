#include "scanline/train/scratch_directory.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "scanline/framework/core/error.hpp"

namespace scanline::train {

namespace fs = std::filesystem;

ScratchDirectory::ScratchDirectory() {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  if (error)
    throw Error(fmt::format("TMPDIR: expected a directory for temporary files, found none: {}",
                            error.message()));
  path_ = (parent / "scanline-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr)
    throw Error(fmt::format("{}: cannot make the directory", path_));
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace scanline::train
