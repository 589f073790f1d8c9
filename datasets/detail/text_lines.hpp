#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "scanline/datasets/detail/gzip_file.hpp"
#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// The lines of a text file, gzipped or not, one after the other: no more than one of them is in
/// memory. A line ends in LF or CRLF, and the last one may do without. A byte order mark of UTF-8
/// is passed over.
class TextLines {
 public:
  /// Opens the file. `kind` is what messages say was expected, for example "a CSV file".
  /// @throws Error as InputFile does.
  TextLines(const std::filesystem::path& path, const std::string& kind);

  /// Sets `line` to the next line, without its end. False where there is none.
  /// @throws Error for a line of more than 16 MB, and as GzipFile does.
  bool next(std::string& line);

  /// Throws an Error that names the file, the present line and, unless it is 0, a column.
  [[noreturn]] void fail(Index column, const std::string& expected, const std::string& found) const;

 private:
  std::filesystem::path path_;
  GzipFile file_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what is left in the buffer
  Index number_ = 0;                 // of the present line, from 1
};

}  // namespace scanline::datasets
