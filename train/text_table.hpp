#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace scanline::train {

/// The number of characters of a text in UTF-8.
std::size_t character_count(const std::string& text);

/// The text if it has at most `longest` characters, or else its beginning and an ellipsis, which
/// together have as many.
std::string shortened(const std::string& text, std::size_t longest);

/// A column of a table.
struct Column {
  std::string title;               ///< The heading, in ASCII.
  std::vector<std::string> cells;  ///< A text for each row, in UTF-8.
  bool is_number = false;          ///< Whether the cells are aligned on the right.
  int importance = 0;              ///< The least important column is left out first.
  /// The number of characters to which cells may be cut. They end in "..." then. 0: they stay
  /// whole.
  std::size_t shortest = 0;
};

/// The columns as text: a line of headings, and a line for each row. Columns without any text are
/// left out. Where lines would be longer than `width`, columns that can be cut are shortened, and
/// then columns are left out, the least important first, but for those of `importance` 0. Control
/// characters become escapes.
std::string to_text(std::vector<Column> columns, std::optional<std::size_t> width);

/// The columns as text without a limit of the width. If there are more than 20 rows, and several
/// tables of their width fit side by side on a line of 80 characters, the rows are divided into
/// blocks that stand side by side and are read one after the other.
std::string to_text_in_blocks(const std::vector<Column>& columns);

/// A line of CSV (RFC 4180) with these cells.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace scanline::train
