#include "scanline/datasets/detail/text_lines.hpp"

#include <fmt/format.h>

#include <cstring>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {
namespace {

constexpr std::size_t longest_line = 16'000'000;  // bytes

}  // namespace

TextLines::TextLines(const std::filesystem::path& path, const std::string& kind)
    : path_(path), file_(path, kind), buffer_(1 << 16) {}

bool TextLines::next(std::string& line) {
  line.clear();
  ++number_;
  for (bool is_whole = false; !is_whole;) {
    if (begin_ == end_) {
      begin_ = 0;
      end_ = file_.read(buffer_);
      if (end_ == 0 && line.empty()) return false;
      if (end_ == 0) break;
    }
    const std::uint8_t* from = buffer_.data() + begin_;
    const void* newline = std::memchr(from, '\n', end_ - begin_);
    is_whole = newline != nullptr;
    const std::size_t length =
        is_whole ? static_cast<std::size_t>(static_cast<const std::uint8_t*>(newline) - from)
                 : end_ - begin_;
    if (line.size() + length > longest_line)
      fail(0, fmt::format("at most {} bytes", longest_line), "more");
    line.append(reinterpret_cast<const char*>(from), length);
    begin_ += length + (is_whole ? 1 : 0);
  }
  if (line.ends_with('\r')) line.pop_back();
  if (number_ == 1 && line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
  return true;
}

void TextLines::fail(Index column, const std::string& expected, const std::string& found) const {
  throw Error(fmt::format("{}: line {}{}: expected {}, found {}", printable(path_.string()),
                          number_, column == 0 ? "" : fmt::format(", column {}", column),
                          printable(expected, longest_quote), printable(found, longest_quote)));
}

}  // namespace scanline::datasets
