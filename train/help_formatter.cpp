#include "scanline/train/detail/help_formatter.hpp"

#include <fmt/format.h>

#include <sstream>

namespace scanline::train {
namespace {

constexpr std::size_t width = 80;
constexpr std::size_t description_column = 28;

/// Text in lines that begin at the description's column. The first one continues `start`.
std::string wrapped(std::string start, const std::string& text) {
  std::string result;
  std::string line = std::move(start);
  if (line.size() + 2 > description_column) {
    result = line + "\n";
    line.clear();
  }
  line.resize(description_column, ' ');
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const bool is_first = line.size() == description_column;
    if (!is_first && line.size() + 1 + word.size() > width) {
      result += line + "\n";
      line.assign(description_column, ' ');
    } else if (!is_first) {
      line += ' ';
    }
    line += word;
  }
  return result + line + "\n";
}

}  // namespace

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  const bool is_flag = option->get_items_expected_max() == 0;
  std::string name = "  " + (is_positional ? option->get_name(true)
                                           : option->get_name(false, /*all_options=*/true));
  // The parser adds the value that the negation of a flag stands for.
  if (const std::size_t brace = name.find('{'); brace != std::string::npos) name.resize(brace);
  if (!is_positional && !is_flag) name += " " + option->get_type_name();
  std::string text = option->get_description();
  if (const std::string& value = option->get_default_str(); !value.empty() && !is_flag)
    text += fmt::format(" [{}]", value);
  return wrapped(name, text);
}

std::string HelpFormatter::make_subcommand(const CLI::App* subcommand) const {
  return wrapped("  " + subcommand->get_name(), subcommand->get_description());
}

}  // namespace scanline::train
