#pragma once

#include <filesystem>
#include <string>

namespace scanline::train {

/// The same picture in two formats, as the bytes of their files.
struct Picture {
  /// Its text is text, its ink the `currentColor` of the page that it is put into, and the paper
  /// has the class `paper`: a page with a dark colour scheme can change both.
  std::string svg;
  /// At twice the size, for dense screens and for where SVG is not shown.
  std::string png;
};

/// Writes `<stem>.svg` and `<stem>.png`, each all or nothing. @throws Error when that fails.
void save_picture(const Picture& picture, const std::filesystem::path& stem);

}  // namespace scanline::train
