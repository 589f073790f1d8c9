#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "scanline/framework/core/shape.hpp"

namespace scanline::train {

/// How a run is watched on standard error: a bar that moves, lines for a log file, or nothing.
enum class ProgressKind { bar, plain, none };

/// The kind that `--progress` names; "auto" is a bar on a terminal and plain lines elsewhere.
ProgressKind progress_kind(const std::string& name);

/// Where the training of a run stands.
struct ProgressState {
  Index epoch = 1,           // the present one
      epochs = 1;            // in all
  Index batch = 0,           // steps done of this epoch
      batches = 0;           // steps of this epoch in all
  Index images = 0;          // done of this epoch
  double seconds = 0;        // spent in this epoch's training loop
  double loss = 0,           // over this epoch so far
      accuracy = 0;          // likewise
  double learning_rate = 0;  // of the last step
};

/// Where a validation or a test stands.
struct EvaluationState {
  Index images = 0,    // done
      count = 0;       // in all
  double seconds = 0;  // since it began
};

/// Shows the progress of a run on standard error. Terminals get a bar that is written over, at most
/// ten times a second; logs get a line every ten seconds, which begins with the time of day.
class Progress {
 public:
  /// Shows nothing yet.
  explicit Progress(ProgressKind kind) : kind_(kind) {}
  /// Erases the bar.
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows where training stands, unless something was shown just before.
  void update(const ProgressState& state);
  /// The same for an evaluation, such as "validation". One that takes less than a second is not
  /// shown.
  void update(const std::string& what, const EvaluationState& state);
  /// A line that stays, in place of the bar. A terminal gets several where it is too narrow for
  /// `text`, and `extra` at its end where it is wide enough for both.
  void line(const std::string& text, const std::string& extra = "");
  /// Erases the bar, so that something else can be written.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  /// Whether it is time to show something again. If so, it is taken to be shown now.
  bool is_due();
  /// Writes a line of the log.
  static void write_log(const std::string& text);
  /// Writes a bar over the one before.
  void write_bar(const std::function<std::string(std::size_t width)>& bar);

  ProgressKind kind_;
  Clock::time_point shown_ = Clock::now();
  bool has_bar_ = false;  // whether the terminal shows one
};

/// "0:42", "12:05" or "1:02:03".
std::string format_duration(double seconds);
/// The same, but what is below a minute is "42 s".
std::string format_short_duration(double seconds);

/// The bar's line for a terminal of `width` columns: parts that do not fit are left out, the least
/// important ones first.
std::string progress_bar(const ProgressState& state, std::size_t width);
/// The same for an evaluation.
std::string progress_bar(const std::string& what, const EvaluationState& state, std::size_t width);

/// The text in lines of at most `width` columns, as far as its words are that short. It is broken
/// at two spaces where there are some, which stand between parts, or else at one. All lines but the
/// first begin with two spaces.
std::string wrapped(const std::string& text, std::size_t width);

}  // namespace scanline::train
