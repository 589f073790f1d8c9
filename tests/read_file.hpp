#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace scanline::test {

inline std::string read_file(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace scanline::test
