#include "scanline/train/detail/text_columns.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace scanline::train {
namespace {

/// Whether a UTF-8 character begins with this byte.
bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

/// The cells of a row, each as wide as its column.
std::string line_of(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
  std::string line = fmt::format("{:<{}}", row.front(), widths.front());
  for (std::size_t c = 1; c < row.size(); ++c) line += fmt::format("  {:>{}}", row[c], widths[c]);
  return line;
}

}  // namespace

std::size_t character_count(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string shortened(const std::string& text, std::size_t longest) {
  if (character_count(text) <= longest) return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end)
    if (begins_character(text[end]) && ++seen == longest) break;
  return text.substr(0, end) + "…";
}

std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows) {
  constexpr std::size_t page = 80, gap = 6, most_rows_in_one_block = 20;
  std::vector<std::size_t> widths(header.size());
  for (std::size_t c = 0; c < header.size(); ++c) {
    widths[c] = character_count(header[c]);
    for (const std::vector<std::string>& row : rows)
      widths[c] = std::max(widths[c], character_count(row[c]));
  }
  std::size_t width = 2 * (header.size() - 1);
  for (const std::size_t column : widths) width += column;
  const std::size_t blocks = rows.size() <= most_rows_in_one_block
                                 ? 1
                                 : std::max<std::size_t>(1, (page + gap) / (width + gap));
  const std::size_t height = (rows.size() + blocks - 1) / blocks;

  std::string text = line_of(header, widths);
  for (std::size_t first = height; first < rows.size(); first += height)
    text += std::string(gap, ' ') + line_of(header, widths);
  text += '\n';
  for (std::size_t i = 0; i < height; ++i) {
    text += line_of(rows[i], widths);
    for (std::size_t r = i + height; r < rows.size(); r += height)
      text += std::string(gap, ' ') + line_of(rows[r], widths);
    text += '\n';
  }
  return text;
}

}  // namespace scanline::train
