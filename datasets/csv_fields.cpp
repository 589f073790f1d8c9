#include "scanline/datasets/detail/csv_fields.hpp"

#include <algorithm>

namespace scanline::datasets {
namespace {

void skip_spaces(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

}  // namespace

bool CsvFields::next() {
  if (has_ended_) return false;
  ++column_;
  skip_spaces(rest_);
  is_quoted_ = rest_.starts_with('"');
  if (is_quoted_) unquote();
  const std::size_t end = rest_.find(separator_);
  has_ended_ = end == std::string_view::npos;
  plain_ = rest_.substr(0, end);
  while (plain_.ends_with(' ')) plain_.remove_suffix(1);
  if (is_quoted_ && !plain_.empty())
    fail("a separator after the closing quote", std::string(plain_));
  rest_.remove_prefix(has_ended_ ? rest_.size() : end + 1);
  return true;
}

void CsvFields::unquote() {
  unquoted_.clear();
  do {
    rest_.remove_prefix(1);  // the quote at the beginning, or the second of two
    const std::size_t quote = rest_.find('"');
    if (quote == std::string_view::npos) fail("a closing quote on the same line", "none");
    unquoted_ += rest_.substr(0, quote);
    rest_.remove_prefix(quote + 1);
    if (rest_.starts_with('"')) unquoted_ += '"';
  } while (rest_.starts_with('"'));
}

}  // namespace scanline::datasets
