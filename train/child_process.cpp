#include "scanline/train/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/uninterrupted.hpp"

namespace scanline::train {
namespace {

/// What the forked child does. It calls only what is allowed between fork and exec.
[[noreturn]] void execute(char* const* arguments, int log, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(128 + SIGTERM);  // which has ended before it could be noticed
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv("/proc/self/exe", arguments);
  _exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& arguments,
                           const std::filesystem::path& log) {
  std::vector<std::string> words{"scanline"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const int file = uninterrupted(
      [&] { return open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666); });
  if (file < 0)
    throw Error(fmt::format("{}: cannot be written: {}", log.string(), std::strerror(errno)));
  // Where the signal is ignored, which is inherited, nobody can wait for a child.
  std::signal(SIGCHLD, SIG_DFL);
  const pid_t parent = getpid();
  id_ = fork();
  const int reason = errno;
  if (id_ == 0) execute(pointers.data(), file, parent);
  close(file);
  if (id_ < 0) throw Error(fmt::format("cannot start a process: {}", std::strerror(reason)));
}

ChildProcess::~ChildProcess() {
  send(SIGTERM);
  wait(0);
}

void ChildProcess::wait(int options) {
  int raw = 0;
  if (status_ || uninterrupted([&] { return waitpid(id_, &raw, options); }) != id_) return;
  status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

std::optional<int> ChildProcess::status() {
  wait(WNOHANG);
  return status_;
}

void ChildProcess::send(int signal) {
  if (!status()) kill(id_, signal);
}

}  // namespace scanline::train
