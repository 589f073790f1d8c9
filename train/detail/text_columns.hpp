#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace scanline::train {

/// The number of characters of a text in UTF-8.
std::size_t character_count(const std::string& text);

/// The text if it has at most `longest` characters, or else its beginning and an ellipsis, which
/// together have as many.
std::string shortened(const std::string& text, std::size_t longest);

/// A table with a header, whose first column is text and whose other columns are numbers. Where it
/// has more than 20 rows, and several of them fit side by side on a line of 80 characters, it is
/// divided into blocks that stand side by side and are read one after the other. Each line ends in
/// a line feed.
std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows);

}  // namespace scanline::train
