#pragma once

#include <span>
#include <string_view>

namespace scanline::train {

/// A file of the page, which is part of the program.
struct PageFile {
  std::string_view path;     ///< In an address: "/style.css".
  std::string_view type;     ///< Its media type.
  std::string_view content;  ///< Its bytes.
};

/// All files of the page. The build makes them of the files in train/web.
std::span<const PageFile> page_files();

}  // namespace scanline::train
