#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/train/workspace.hpp"

namespace scanline::test {

// 11 steps an epoch.
inline const std::string tiny =
    "train --dataset mnist --data data --hidden-size 8 --val-size 50 --batch-size 32 ";
inline const std::string steady = tiny + "--schedule constant --warmup 0 ";

/// The records of a run but for what a clock had a hand in.
inline std::vector<nlohmann::json> timeless_records(const std::filesystem::path& run) {
  std::vector<nlohmann::json> records = read_lines(run / "metrics.jsonl");
  for (nlohmann::json& record : records) {
    record.erase("seconds");
    record.erase("images_per_second");
  }
  return records;
}

inline void check_same_run(const std::filesystem::path& a, const std::filesystem::path& b) {
  CHECK(read_file(a / "model.safetensors") == read_file(b / "model.safetensors"));
  CHECK(read_file(a / "best.safetensors") == read_file(b / "best.safetensors"));
  CHECK(timeless_records(a) == timeless_records(b));
}

inline void damage(const std::filesystem::path& file) {
  std::string bytes = read_file(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace scanline::test
