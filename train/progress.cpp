#include "scanline/train/progress.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <vector>

#include "scanline/framework/core/printable.hpp"
#include "scanline/train/standard_streams.hpp"

namespace scanline::train {
namespace {

// The cursor stands at the beginning of the bar. A terminal that is made narrower wraps the bar and
// leaves the cursor there, so all rows of the bar are below it or behind it. They are erased from
// the second column on, and then the first column: what is erased from the top left corner of the
// screen on, tmux moves to its scrollback.
const std::string erasure = "\r\033[C\033[J\r\033[K";
// A terminal says late how narrow it has become. It must not wrap the bar that is written until
// then, since the cursor would stand in a lower row.
const std::string no_wrap = "\033[?7l", wrap = "\033[?7h";

std::size_t terminal_width() {
  winsize size{};
  // Asked for each time, since terminals are resized.
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  if (localtime_r(&now, &local) == nullptr) return "";
  return fmt::format("{:02}:{:02}:{:02} ", local.tm_hour, local.tm_min, local.tm_sec);
}

double ratio(Index part, Index whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
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

/// Seconds that are left, if it goes on at the present speed.
double time_left(const EvaluationState& state) {
  if (state.images == 0) return 0;
  return state.seconds * ratio(state.count - state.images, state.images);
}

/// What is said of training, from the most to the least important.
std::vector<std::string> parts_of(const ProgressState& state) {
  const TimeLeft left = time_left(state);
  return {fmt::format("  loss {:.4f}", state.loss),
          fmt::format("  {} left in this epoch", format_short_duration(left.epoch)),
          fmt::format(", {} in the run", format_short_duration(left.run)),
          fmt::format("  accuracy {:.4f}", state.accuracy),
          fmt::format("  {:.0f} images/s", images_per_second(state)),
          fmt::format("  lr {:.2g}", state.learning_rate)};
}

std::vector<std::string> parts_of(const EvaluationState& state) {
  return {fmt::format("  {}/{} images", state.images, state.count),
          fmt::format("  {} left", format_short_duration(time_left(state)))};
}

/// A line of `width` columns at most: the name, a bar, of which the share `done` is filled, and as
/// many of the parts as there is room for.
std::string bar_line(const std::string& name, double done, const std::vector<std::string>& parts,
                     std::size_t width) {
  constexpr std::size_t frame = 4, shortest_bar = 5, longest_bar = 30;
  if (name.size() + frame + shortest_bar > width) return name.substr(0, width);
  std::size_t room = width - name.size() - frame;  // for the bar
  std::string described;
  for (const std::string& part : parts) {
    if (shortest_bar + part.size() > room) break;
    described += part;
    room -= part.size();
  }
  const std::size_t length = std::min(longest_bar, room);
  const auto filled = static_cast<std::size_t>(done * static_cast<double>(length));
  return fmt::format("{}  [{:<{}}]{}", name, std::string(filled, '='), length, described);
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
  if (!is_due()) return;
  if (kind_ == ProgressKind::bar) {
    write_bar([&](std::size_t width) { return progress_bar(state, width); });
    return;
  }
  write_log(fmt::format("epoch {}/{}  batch {}/{}{}", state.epoch, state.epochs, state.batch,
                        state.batches, fmt::join(parts_of(state), "")));
}

void Progress::update(const std::string& what, const EvaluationState& state) {
  if (state.seconds < 1 || !is_due()) return;
  if (kind_ == ProgressKind::bar)
    write_bar([&](std::size_t width) { return progress_bar(what, state, width); });
  else
    write_log(what + fmt::to_string(fmt::join(parts_of(state), "")));
}

void Progress::line(const std::string& text, const std::string& extra) {
  if (kind_ == ProgressKind::none) return;
  if (kind_ == ProgressKind::plain) {
    write_log(text + extra);
    return;
  }
  clear();
  const std::size_t width = terminal_width();
  const std::string all = printable(text + extra);
  write_error((all.size() <= width ? all : wrapped(printable(text), width)) + "\n");
}

void Progress::clear() {
  if (has_bar_) write_error(erasure);
  has_bar_ = false;
}

bool Progress::is_due() {
  using std::chrono::milliseconds;
  if (kind_ == ProgressKind::none) return false;
  const auto now = Clock::now();
  const bool is_bar = kind_ == ProgressKind::bar;
  if (now - shown_ < (is_bar ? milliseconds(100) : milliseconds(10'000))) return false;
  shown_ = now;
  return true;
}

void Progress::write_log(const std::string& text) {
  write_error(time_of_day() + printable(text) + "\n");
}

void Progress::write_bar(const std::function<std::string(std::size_t width)>& bar) {
  // One column is left free: some terminals wrap when the last one is written.
  write_error((has_bar_ ? erasure : "") + no_wrap + bar(terminal_width() - 1) + wrap + "\r");
  has_bar_ = true;
}

std::string format_duration(double seconds) {
  const auto whole = static_cast<Index>(seconds + 0.5);
  const Index hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string format_short_duration(double seconds) {
  const auto whole = static_cast<Index>(seconds + 0.5);
  return whole < 60 ? fmt::format("{} s", whole) : format_duration(seconds);
}

std::string progress_bar(const ProgressState& state, std::size_t width) {
  return bar_line(fmt::format("epoch {}/{}", state.epoch, state.epochs),
                  ratio(state.batch, state.batches), parts_of(state), width);
}

std::string progress_bar(const std::string& what, const EvaluationState& state, std::size_t width) {
  return bar_line(what, ratio(state.images, state.count), parts_of(state), width);
}

std::string wrapped(const std::string& text, std::size_t width) {
  const std::string indent = "  ";
  std::string result, rest = text;
  while (rest.size() > width) {
    // The first line may be broken anywhere, later ones behind their indentation.
    const std::size_t from = result.empty() ? 1 : indent.size() + 1;
    std::size_t end = rest.rfind("  ", width);
    if (end == std::string::npos || end < from) end = rest.rfind(' ', width);
    if (end == std::string::npos || end < from) end = rest.find(' ', from);
    if (end == std::string::npos) break;
    const std::size_t next = rest.find_first_not_of(' ', end);
    if (next == std::string::npos) break;
    result += rest.substr(0, end) + "\n";
    rest = indent + rest.substr(next);
  }
  return result + rest;
}

}  // namespace scanline::train
