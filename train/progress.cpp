#include "scanline/train/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "scanline/framework/core/printable.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

std::size_t terminal_width() {
  winsize size{};
  // Asked for each time, since terminals are resized.
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

double images_per_second(const ProgressState& state) {
  return state.seconds > 0 ? static_cast<double>(state.images) / state.seconds : 0;
}

/// Seconds that are left of this epoch and of the run, if it goes on at the present speed.
struct TimeLeft {
  double epoch = 0, run = 0;
};

TimeLeft time_left(const ProgressState& state) {
  if (state.batch == 0) return {};
  const double per_batch = state.seconds / static_cast<double>(state.batch);
  const double epoch = per_batch * static_cast<double>(state.batches - state.batch);
  return {epoch,
          epoch + per_batch * static_cast<double>(state.batches * (state.epochs - state.epoch))};
}

std::string describe(const ProgressState& state) {
  return fmt::format(
      "epoch {}/{}  batch {}/{}  {:.0f} images/s  loss {:.4f}  accuracy {:.4f}  "
      "left {} of {}",
      state.epoch, state.epochs, state.batch, state.batches, images_per_second(state), state.loss,
      state.accuracy, format_duration(time_left(state).epoch),
      format_duration(time_left(state).run));
}

}  // namespace

ProgressKind progress_kind(const std::string& name) {
  if (name == "bar") return ProgressKind::bar;
  if (name == "plain") return ProgressKind::plain;
  if (name == "none") return ProgressKind::none;
  // A terminal that says nothing of itself may not know how to erase a line.
  const char* terminal = std::getenv("TERM");
  const bool can_erase =
      terminal != nullptr && *terminal != '\0' && std::string_view(terminal) != "dumb";
  return can_erase && isatty(STDERR_FILENO) == 1 ? ProgressKind::bar : ProgressKind::plain;
}

void Progress::update(const ProgressState& state) {
  if (kind_ == ProgressKind::none) return;
  using std::chrono::milliseconds;
  const auto now = Clock::now();
  if (now - shown_ < (kind_ == ProgressKind::bar ? milliseconds(100) : milliseconds(10'000)))
    return;
  shown_ = now;
  if (kind_ == ProgressKind::plain) {
    write_error(describe(state) + "\n");
    return;
  }
  // One column is left free: some terminals wrap when the last one is written.
  const std::size_t width = terminal_width();
  const std::string bar = progress_bar(state, width - 1);
  write_error(erasure(bar_width_, width) + bar);
  bar_width_ = bar.size();
}

void Progress::line(const std::string& text) {
  if (kind_ == ProgressKind::none) return;
  write_error(erasure(bar_width_, terminal_width()) + printable(text) + "\n");
  bar_width_ = 0;
}

std::string erasure(std::size_t bar_width, std::size_t terminal_width) {
  if (bar_width == 0) return "";
  const std::size_t rows_above = (bar_width - 1) / terminal_width;
  const std::string up = rows_above > 0 ? fmt::format("\033[{}A", rows_above) : "";
  return "\r" + up + "\033[J";
}

std::string format_duration(double seconds) {
  const auto whole = static_cast<Index>(seconds + 0.5);
  const Index hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string progress_bar(const ProgressState& state, std::size_t width) {
  const double done = state.batches == 0
                          ? 0
                          : static_cast<double>(state.batch) / static_cast<double>(state.batches);
  // From the most to the least important.
  const std::vector<std::string> parts{
      fmt::format("epoch {}/{} {:3.0f}%", state.epoch, state.epochs, 100 * done),
      fmt::format("loss {:.4f}", state.loss),
      fmt::format("accuracy {:.4f}", state.accuracy),
      fmt::format("left {}", format_duration(time_left(state).epoch)),
      fmt::format("{:.0f} images/s", images_per_second(state)),
      fmt::format("run {}", format_duration(time_left(state).run)),
      fmt::format("lr {:.2g}", state.learning_rate),
  };
  std::string line = parts[0].substr(0, width);
  std::size_t shown = 1;
  for (; shown < parts.size() && line.size() + 2 + parts[shown].size() <= width; ++shown)
    line += "  " + parts[shown];
  // What is still free, within reason, becomes the bar itself.
  constexpr std::size_t frame = 4, shortest_bar = 5, longest_bar = 30;
  if (shown == parts.size() && line.size() + frame + shortest_bar <= width) {
    const std::size_t length = std::min(longest_bar, width - line.size() - frame);
    const auto filled = static_cast<std::size_t>(done * static_cast<double>(length));
    line.insert(parts[0].size(), fmt::format("  [{:<{}}]", std::string(filled, '='), length));
  }
  return line;
}

}  // namespace scanline::train
