#include "conllu.hpp"

#include <fmt/format.h>

#include <fstream>
#include <utility>

#include "scanline/framework/core/error.hpp"

namespace pos_tagging {
namespace {

std::vector<std::string> cut(const std::string& line, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = line.find(separator, begin)) != line.npos; begin = end + 1)
    parts.push_back(line.substr(begin, end - begin));
  parts.push_back(line.substr(begin));
  return parts;
}

}  // namespace

std::vector<Sentence> read_conllu(const std::filesystem::path& file) {
  constexpr std::size_t columns = 10, id = 0, form = 1, upos = 3;
  std::ifstream stream(file);
  if (!stream)
    throw scanline::Error(fmt::format("{}: expected a treebank, found none", file.string()));
  std::vector<Sentence> sentences(1);
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() && !sentences.back().words.empty()) sentences.emplace_back();
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> cells = cut(line, '\t');
    if (cells.size() != columns)
      throw scanline::Error(fmt::format("{}:{}: expected {} columns with tabs between, found {}",
                                        file.string(), number, columns, cells.size()));
    if (cells[id].find_first_of("-.") != std::string::npos) continue;
    sentences.back().words.push_back(std::move(cells[form]));
    sentences.back().tags.push_back(std::move(cells[upos]));
  }
  if (sentences.back().words.empty()) sentences.pop_back();
  if (sentences.empty())
    throw scanline::Error(fmt::format("{}: expected sentences, found none", file.string()));
  return sentences;
}

}  // namespace pos_tagging
