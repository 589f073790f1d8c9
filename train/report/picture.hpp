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

/// Checks the name of a file for `save_picture_as`.
/// @throws Error unless it ends in `.svg` or `.png`, in capitals or not.
void check_picture_name(const std::filesystem::path& file);

/// Writes the file atomically, in the format that the end of its name says.
/// @throws Error for another end, and when it cannot be written.
void save_picture_as(const Picture& picture, const std::filesystem::path& file);

}  // namespace scanline::train
