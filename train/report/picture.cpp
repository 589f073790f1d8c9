#include "scanline/train/report/picture.hpp"

#include <fmt/format.h>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/lower_case.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/io/atomic_file.hpp"

namespace scanline::train {
namespace {

/// The end of the file's name, in lower case.
std::string extension_of(const std::filesystem::path& file) {
  return lower_case(file.extension().string());
}

}  // namespace

void save_picture(const Picture& picture, const std::filesystem::path& stem) {
  io::write_file_atomically(stem.string() + ".svg", {picture.svg});
  io::write_file_atomically(stem.string() + ".png", {picture.png});
}

void check_picture_name(const std::filesystem::path& file) {
  if (extension_of(file) != ".svg" && extension_of(file) != ".png")
    throw Error(fmt::format("expected a file name that ends in .svg or .png, found '{}'",
                            printable(file.string(), longest_quote)));
}

void save_picture_as(const Picture& picture, const std::filesystem::path& file) {
  check_picture_name(file);
  io::write_file_atomically(file, {extension_of(file) == ".svg" ? picture.svg : picture.png});
}

}  // namespace scanline::train
