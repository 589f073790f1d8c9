#include "scanline/train/web/detail/model_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "scanline/predict/model_file.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {

namespace fs = std::filesystem;

ModelCache::Stamp ModelCache::stamp_of(const fs::path& model) {
  Stamp stamp;
  std::error_code error;
  for (const fs::path& file : model_files(model)) {
    if (!fs::is_regular_file(file, error)) continue;
    stamp.text += fmt::format("{} {} {};", file.filename().string(),
                              fs::last_write_time(file, error).time_since_epoch().count(),
                              fs::file_size(file, error));
    // A checkpoint that cannot be read is passed over; a model is read, or it is an error.
    if (file.extension() != ".checkpoint") break;
  }
  return stamp;
}

std::shared_ptr<const Predictor> ModelCache::find(const fs::path& model) {
  const Stamp stamp = stamp_of(model);
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(loaded_.begin(), loaded_.end(),
                                  [&](const auto& entry) { return entry.path == model; });
  if (found != loaded_.end() && found->stamp == stamp) {
    loaded_.splice(loaded_.begin(), loaded_, found);
    return loaded_.front().predictor;
  }
  if (found != loaded_.end()) loaded_.erase(found);
  // Threads that use a model which is dropped keep it until they have done so.
  while (!loaded_.empty() && loaded_.size() >= most_) loaded_.pop_back();
  loaded_.push_front({model, stamp, std::make_shared<Predictor>(model, registry_, say)});
  return loaded_.front().predictor;
}

}  // namespace scanline::train
