#pragma once

#include <chrono>
#include <string>

#include "scanline/framework/core/shape.hpp"

namespace scanline::train {

/// How a run is watched on standard error: a bar that moves, lines for a log file, or nothing.
enum class ProgressKind { bar, plain, none };

/// The kind that `--progress` names; "auto" is a bar on a terminal and plain lines elsewhere.
ProgressKind progress_kind(const std::string& name);

/// Where a run stands.
struct ProgressState {
  Index epoch = 1,           // the present one
      epochs = 1;            // in all
  Index batch = 0,           // done of this epoch
      batches = 0;           // of this epoch in all
  Index images = 0;          // done of this epoch
  double seconds = 0;        // spent in this epoch's training loop
  double loss = 0,           // over this epoch so far
      accuracy = 0;          // likewise
  double learning_rate = 0;  // of the last step
};

/// Shows the progress of a run. Terminals get a line that is written over, at most ten times a
/// second; logs get a line every ten seconds.
class Progress {
 public:
  /// Shows nothing yet.
  explicit Progress(ProgressKind kind) : kind_(kind) {}

  /// Shows where the run stands, unless something was shown just before.
  void update(const ProgressState& state);
  /// A line that stays, in place of the bar.
  void line(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;

  ProgressKind kind_;
  Clock::time_point shown_ = Clock::now();
  std::size_t bar_width_ = 0;  // 0 while there is none
};

/// What erases a bar of that many columns, none of 0; a terminal that was made narrower since has
/// wrapped it over several rows.
std::string erasure(std::size_t bar_width, std::size_t terminal_width);

/// "0:42", "12:05" or "1:02:03".
std::string format_duration(double seconds);

/// The bar's line for a terminal of `width` columns: parts that do not fit are left out, the least
/// important ones first.
std::string progress_bar(const ProgressState& state, std::size_t width);

}  // namespace scanline::train
