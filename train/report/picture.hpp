#pragma once

#include <filesystem>
#include <string>

namespace scanline::train {

/// A picture in two formats, as the bytes of their files.
struct Picture {
  /// The SVG. Text is text, lines have the `currentColor` of the page, and the background has the
  /// class `paper`, so that a page with a dark colour scheme can change both.
  std::string svg;
  /// The PNG, at twice the size for dense screens.
  std::string png;
};

/// Writes `<stem>.svg` and `<stem>.png`, each atomically. @throws Error when that fails.
void save_picture(const Picture& picture, const std::filesystem::path& stem);

}  // namespace scanline::train
