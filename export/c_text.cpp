#include "scanline/export/detail/c_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace scanline::exporting {
namespace {

constexpr std::size_t longest_line = 100;

/// Lists texts, separated by commas, on lines of a limited length.
std::string listed(const std::vector<std::string>& items) {
  std::string result, line = "  ";
  for (const std::string& item : items) {
    if (line.size() + item.size() > longest_line) {
      result += line + "\n";
      line = "  ";
    }
    line += item + ",";
  }
  return result + line + "\n";
}

/// Nine digits tell all floats apart.
std::string c_float(double value) { return fmt::format("{:.8e}f", value); }

std::string definition(const std::string& type, const std::string& name,
                       const std::vector<std::string>& items) {
  return fmt::format("static const {} {}[{}] = {{\n{}}};\n", type, name, items.size(),
                     listed(items));
}

}  // namespace

std::string substitute(std::string code, const std::map<std::string, std::string>& values) {
  for (const auto& [key, value] : values) {
    const std::string mark = "@" + key + "@";
    for (std::size_t at = code.find(mark); at != std::string::npos;
         at = code.find(mark, at + value.size()))
      code.replace(at, mark.size(), value);
  }
  return code;
}

std::string c_string(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const bool is_plain = c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '?' && c != '@';
    result += is_plain ? std::string(1, c) : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return result + "\"";
}

std::string c_floats(const std::string& name, const Array& values) {
  std::vector<std::string> items;
  for (Index i = 0; i < values.size(); ++i) items.push_back(c_float(values.at(i)));
  return definition("float", name, items);
}

std::string c_integers(const std::string& name, const Array& matrix) {
  constexpr double largest_integer = 127;
  const Index rows = matrix.shape()[0], columns = matrix.shape()[1];
  std::vector<std::string> integers, scales;
  for (Index row = 0; row < rows; ++row) {
    double largest = 0;
    for (Index i = 0; i < columns; ++i)
      largest = std::max(largest, std::abs(matrix.at(row * columns + i)));
    const double scale = largest > 0 ? largest / largest_integer : 1;
    scales.push_back(c_float(scale));
    for (Index i = 0; i < columns; ++i)
      integers.push_back(fmt::to_string(std::lround(matrix.at(row * columns + i) / scale)));
  }
  return definition("signed char", name, integers) + definition("float", name + "_scale", scales);
}

}  // namespace scanline::exporting
