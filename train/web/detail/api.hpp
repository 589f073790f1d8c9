#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "scanline/train/run_summary.hpp"
#include "scanline/train/web/detail/model_cache.hpp"

namespace scanline::train {

/// The answer to a request.
struct Reply {
  int status = 200;
  std::string content;
  std::string type = "application/json";
  /// What a document may load and run, as a Content-Security-Policy.
  std::string policy = "default-src 'none'";
};

/// The answer to a request that is refused: {"error": message}.
Reply refusal(int status, const std::string& message);

/// Answers questions about a model, a run or a folder of runs. It only reads. Names that clients
/// give are looked up in a list of what is there, and never become part of a path. Several threads
/// may use it at once.
class Api {
 public:
  /// `path` is a model file, a run directory or a folder of runs. The registry has to outlive the
  /// object. @throws Error when there is nothing of that name.
  Api(std::filesystem::path path, const models::Registry& registry);

  /// The list that `scanline runs --format json` prints.
  Reply runs() const;
  /// One run: its row in that list, its options, the records of its epochs and the names of the
  /// files that `file` has of it.
  Reply run(const std::string& name) const;
  /// A picture of a run, or its report.
  Reply file(const std::string& run, const std::string& name) const;
  /// The names of all models, those of the newest runs first.
  Reply models() const;
  /// From now on `predict` answers that the server is ending, also to those who wait for a model
  /// that others use.
  void end() { is_ending_ = true; }
  /// Classifies the picture whose file has these bytes. With `with_rows`, the answer says what the
  /// model would predict after each row, if it reads an image row by row.
  Reply predict(const std::string& model, std::span<const std::byte> picture, bool with_rows);

 private:
  using Summaries = std::shared_ptr<const std::vector<RunSummary>>;
  /// All runs, as they were a moment ago; none where `path` is a model file.
  Summaries summaries() const;
  /// Where the models are, by name.
  std::map<std::string, std::filesystem::path> model_paths() const;

  std::filesystem::path path_;
  bool is_file_;
  ModelCache cache_;
  std::atomic<bool> is_ending_ = false;
  std::mutex preparing_;         // of pictures
  mutable std::mutex mutex_;     // of the summaries
  mutable Summaries summaries_;  // that were read last
  mutable std::chrono::steady_clock::time_point read_at_;
};

}  // namespace scanline::train
