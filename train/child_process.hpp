#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace scanline::train {

/// This program, run once more as a process of its own. Standard output and error of the process go
/// to a file, and its standard input is empty. Ctrl-C in a terminal does not reach it, so that this
/// process decides what happens to it. Where this process ends first, it gets SIGTERM.
class ChildProcess {
 public:
  /// Starts the process with these arguments. What it writes is appended to `log`.
  /// @throws Error when it cannot be started.
  ChildProcess(const std::vector<std::string>& arguments, const std::filesystem::path& log);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Ends the process with SIGTERM if it is still running, and waits for it.
  ~ChildProcess();

  /// The exit status if the process has ended; 128 plus the number of the signal that ended it.
  std::optional<int> status();
  /// Sends a signal to the process if it is still running.
  void send(int signal);

 private:
  void wait(int options);

  pid_t id_ = -1;
  std::optional<int> status_;
};

}  // namespace scanline::train
