#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/temporary_directory.hpp"
#include "tests/train/run_scanline.hpp"
#include "tests/train/tiny_dataset.hpp"

namespace scanline::test {

/// A fresh directory with a small dataset in its `data`.
struct Workspace {
  Workspace() {
    std::filesystem::create_directory(path() / "data");
    write_tiny_mnist(path() / "data");
  }
  std::filesystem::path path() const { return directory.path(); }
  TemporaryDirectory directory;
};

inline std::vector<nlohmann::json> read_lines(const std::filesystem::path& file) {
  std::vector<nlohmann::json> records;
  std::istringstream text(read_file(file));
  for (std::string line; std::getline(text, line);) records.push_back(nlohmann::json::parse(line));
  return records;
}

inline bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

}  // namespace scanline::test
