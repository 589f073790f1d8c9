#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "scanline/train/epoch_figures.hpp"
#include "tests/temporary_directory.hpp"

namespace scanline::test {

/// What the files of a run are to say that was never trained.
struct MadeRun {
  std::string config = "model=\"bilstm\"\n";
  std::vector<double> val_accuracies = {};  // of each epoch
  std::optional<double> test_accuracy = {};
};

/// Writes config.toml and metrics.jsonl of a run. An epoch takes 2 seconds, and 1000 images are
/// tested.
inline void make_run(const std::filesystem::path& directory, const MadeRun& run) {
  std::filesystem::create_directories(directory);
  std::ofstream(directory / "config.toml") << run.config;
  std::ofstream log(directory / "metrics.jsonl");
  for (std::size_t i = 0; i < run.val_accuracies.size(); ++i) {
    const auto number = static_cast<Index>(i + 1);
    log << train::to_record({.epoch = number,
                             .train_loss = 1.0 / static_cast<double>(number),
                             .train_accuracy = 0.5,
                             .val_loss = 2.0 / static_cast<double>(number),
                             .val_accuracy = run.val_accuracies[i],
                             .learning_rate = 0.01,
                             .seconds = 2,
                             .images_per_second = 100})
               .dump()
        << "\n";
  }
  if (run.test_accuracy)
    log << nlohmann::ordered_json{{"kind", "test"},
                                  {"accuracy", *run.test_accuracy},
                                  {"loss", 0.1},
                                  {"correct", static_cast<Index>(1000 * *run.test_accuracy + 0.5)},
                                  {"total", 1000}}
               .dump()
        << "\n";
}

}  // namespace scanline::test
