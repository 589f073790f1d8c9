#pragma once

#include <cstddef>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "scanline/predict/predictor.hpp"

namespace scanline::train {

/// The models that were asked for last, loaded. Several threads may use it at once.
class ModelCache {
 public:
  /// Keeps at most `most` models. It refers to the registry, which has to outlive it.
  explicit ModelCache(const models::Registry& registry, std::size_t most = 4)
      : registry_(registry), most_(most) {}

  /// The predictor of a run directory or model file. The model is loaded unless it is loaded
  /// already and its files have not changed since. @throws Error when it cannot be loaded.
  std::shared_ptr<const Predictor> find(const std::filesystem::path& model);

 private:
  /// The time and size of the files that a model may be read from.
  struct Stamp {
    std::string text;
    bool operator==(const Stamp&) const = default;
  };
  struct Entry {
    std::filesystem::path path;
    Stamp stamp;
    std::shared_ptr<const Predictor> predictor;
  };

  static Stamp stamp_of(const std::filesystem::path& model);

  const models::Registry& registry_;
  std::size_t most_;
  std::mutex mutex_;         // of the list
  std::list<Entry> loaded_;  // the one that was used last is the first
};

}  // namespace scanline::train
