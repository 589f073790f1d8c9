#include "scanline/train/report/picture.hpp"

#include "scanline/framework/io/atomic_file.hpp"

namespace scanline::train {

void save_picture(const Picture& picture, const std::filesystem::path& stem) {
  io::write_file_atomically(stem.string() + ".svg", {picture.svg});
  io::write_file_atomically(stem.string() + ".png", {picture.png});
}

}  // namespace scanline::train
