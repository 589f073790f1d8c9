#include "scanline/train/text_table.hpp"

#include <algorithm>
#include <sstream>

#include "scanline/framework/core/printable.hpp"

namespace scanline::train {
namespace {

/// Whether a UTF-8 character begins with this byte.
bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

constexpr std::size_t gap = 2;  // between columns

std::size_t width_of(const Column& column) {
  std::size_t width = character_count(column.title);
  for (const std::string& cell : column.cells) width = std::max(width, character_count(cell));
  return width;
}

std::size_t width_of(const std::vector<Column>& columns) {
  std::size_t width = 0;
  for (const Column& column : columns) width += width_of(column) + gap;
  return width < gap ? 0 : width - gap;
}

void shorten(std::vector<Column>& columns, std::size_t width) {
  for (Column& column : columns) {
    const std::size_t all = width_of(columns), own = width_of(column);
    if (column.shortest == 0 || all <= width || own <= column.shortest) continue;
    const std::size_t most = std::max(column.shortest, own - std::min(own, all - width));
    for (std::string& cell : column.cells)
      if (character_count(cell) > most) cell = printable(cell, most - 3);
  }
}

/// Makes the columns narrow enough, as far as that goes.
void fit(std::vector<Column>& columns, std::size_t width) {
  while (true) {
    shorten(columns, width);
    if (width_of(columns) <= width) return;
    auto least = columns.end();
    for (auto column = columns.begin(); column != columns.end(); ++column)
      if (column->importance > 0 &&
          (least == columns.end() || column->importance < least->importance))
        least = column;
    if (least == columns.end()) return;
    columns.erase(least);
  }
}

std::string line(const std::vector<std::string>& cells, const std::vector<Column>& columns,
                 const std::vector<std::size_t>& widths) {
  std::string result;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(widths[i] - character_count(cells[i]), ' ');
    result += columns[i].is_number ? padding + cells[i] : cells[i] + padding;
    result.append(gap, ' ');
  }
  result.erase(result.find_last_not_of(' ') + 1);
  return result + "\n";
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

std::string to_text(std::vector<Column> columns, std::optional<std::size_t> width) {
  for (Column& column : columns)
    for (std::string& cell : column.cells) cell = printable(cell);
  std::erase_if(columns, [](const Column& column) {
    return std::all_of(column.cells.begin(), column.cells.end(),
                       [](const std::string& cell) { return cell.empty(); });
  });
  if (width) fit(columns, *width);
  if (columns.empty()) return "";
  std::vector<std::size_t> widths;
  std::vector<std::string> titles;
  for (const Column& column : columns) {
    widths.push_back(width_of(column));
    titles.push_back(column.title);
  }
  std::string text = line(titles, columns, widths);
  for (std::size_t row = 0; row < columns.front().cells.size(); ++row) {
    std::vector<std::string> cells;
    for (const Column& column : columns) cells.push_back(column.cells[row]);
    text += line(cells, columns, widths);
  }
  return text;
}

std::string to_text_in_blocks(const std::vector<Column>& columns) {
  constexpr std::size_t page = 80, block_gap = 6, most_rows_in_one_block = 20;
  const std::string table = to_text(columns, {});
  std::vector<std::string> lines;  // the titles, and a line for each row
  std::size_t width = 0;
  std::istringstream text(table);
  for (std::string line; std::getline(text, line); lines.push_back(line))
    width = std::max(width, character_count(line));
  const std::size_t rows = lines.empty() ? 0 : lines.size() - 1;
  const std::size_t blocks = (page + block_gap) / (width + block_gap);
  if (rows <= most_rows_in_one_block || blocks < 2) return table;

  const std::size_t height = (rows + blocks - 1) / blocks;
  std::string result;
  for (std::size_t i = 0; i <= height; ++i) {
    std::string line;
    for (std::size_t first = 0; first < rows; first += height) {
      const std::size_t row = i == 0 ? 0 : first + i;  // the titles are repeated
      if (row > rows) break;
      const std::size_t begin = first / height * (width + block_gap);
      line.append(begin - character_count(line), ' ').append(lines[row]);
    }
    result += line + "\n";
  }
  return result;
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      line += cells[i];
      continue;
    }
    line += '"';
    for (const char c : cells[i]) line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  return line + "\n";
}

}  // namespace scanline::train
