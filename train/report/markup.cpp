#include "scanline/train/report/detail/markup.hpp"

namespace scanline::train {

std::string escape_markup(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&')
      escaped += "&amp;";
    else if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else if (c == '"')
      escaped += "&quot;";
    else if (c == '\'')
      escaped += "&#39;";
    else
      escaped += c == '\n' || static_cast<unsigned char>(c) >= ' ' ? c : ' ';
  }
  return escaped;
}

}  // namespace scanline::train
