#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "scanline/train/predictor.hpp"

namespace scanline::train {

/// The models that were asked for last, loaded. Several threads may use it at once.
class ModelCache {
 public:
  /// Keeps at most `most` models. It refers to the registry, which has to outlive it.
  explicit ModelCache(const models::Registry& registry, std::size_t most = 4)
      : registry_(registry), most_(most) {}

  /// Calls `use` with the predictor of a run directory or model file, which no other thread uses
  /// meanwhile. The model is loaded unless it is loaded already and its files have not changed
  /// since. @throws Error when it cannot be loaded, and whatever `use` throws.
  void use(const std::filesystem::path& model, const std::function<void(Predictor&)>& use);

 private:
  /// The time and size of the files that a model may be read from.
  struct Stamp {
    std::string text;
    bool operator==(const Stamp&) const = default;
  };
  struct Entry {
    std::filesystem::path path;
    Stamp stamp;
    std::mutex mutex;  // of the predictor
    Predictor predictor;
  };

  static Stamp stamp_of(const std::filesystem::path& model);
  std::shared_ptr<Entry> find(const std::filesystem::path& model);

  const models::Registry& registry_;
  std::size_t most_;
  std::mutex mutex_;                          // of the list
  std::list<std::shared_ptr<Entry>> loaded_;  // the one that was used last is the first
};

}  // namespace scanline::train
