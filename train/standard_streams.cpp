#include "scanline/train/standard_streams.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/core/uninterrupted.hpp"

namespace scanline::train {
namespace {

bool is_mute = false;

}  // namespace

void open_standard_streams() {
  // `open` returns the lowest number that is free, which is the stream's own as those below it are
  // open.
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0 && errno == EBADF)
      open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

std::vector<std::byte> read_standard_input() {
  constexpr std::size_t most = 257 << 20, at_once = 1 << 16;
  std::vector<std::byte> bytes;
  while (bytes.size() < most) {
    const std::size_t before = bytes.size();
    bytes.resize(before + at_once);
    const ssize_t count =
        uninterrupted([&] { return read(STDIN_FILENO, bytes.data() + before, at_once); });
    if (count < 0)
      throw Error(fmt::format("standard input: cannot be read: {}", std::strerror(errno)));
    bytes.resize(before + static_cast<std::size_t>(count));
    if (count == 0) break;
  }
  return bytes;
}

void set_mute(bool value) { is_mute = value; }

void write_error(std::string_view text) {
  if (is_mute) return;
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void say(std::string_view message) {
  write_error(fmt::format("scanline: {}\n", printable(message)));
}

std::optional<std::size_t> output_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
  return size.ws_col;
}

void flush_standard_output() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw Error(fmt::format("standard output: cannot be written{}{}", errno == 0 ? "" : ": ",
                          errno == 0 ? "" : std::strerror(errno)));
}

}  // namespace scanline::train
