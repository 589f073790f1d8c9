#pragma once

#include <string>
#include <string_view>

#include "scanline/datasets/detail/text_lines.hpp"
#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// The fields of one line of a CSV file (RFC 4180), one after the other. Quoted fields end on their
/// line. Spaces around a field are not part of it.
class CsvFields {
 public:
  /// Begins before the first field. `lines` names the place in errors; it and `line` are referred
  /// to.
  CsvFields(const TextLines& lines, std::string_view line, char separator)
      : lines_(&lines), rest_(line), separator_(separator) {}

  /// Goes to the next field. False where there is none.
  /// @throws Error for a quote that is not closed, or is followed by more than spaces.
  bool next();
  /// The present field, until the next one is gone to.
  std::string_view field() const { return is_quoted_ ? std::string_view(unquoted_) : plain_; }
  /// Its number, from 1.
  Index column() const { return column_; }
  /// Throws an Error that names the file, the line and the column.
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    lines_->fail(column_, expected, found);
  }

 private:
  /// Takes a field from behind its quote on.
  void unquote();

  const TextLines* lines_;
  std::string_view rest_, plain_;
  std::string unquoted_;
  char separator_;
  bool is_quoted_ = false, has_ended_ = false;
  Index column_ = 0;
};

}  // namespace scanline::datasets
