#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "scanline/train/command_line.hpp"
#include "tests/train/run_scanline.hpp"

namespace scanline::test {

/// Runs the command line of a program that offers `catalogue` in `directory`, as a process of its
/// own.
inline Outcome run_program(const train::Catalogue& catalogue,
                           const std::filesystem::path& directory,
                           const std::vector<std::string>& arguments) {
  const pid_t child = fork();
  if (child == 0) {
    std::filesystem::current_path(directory);
    const auto send = [](int stream, const char* file) {
      dup2(open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600), stream);
    };
    send(STDOUT_FILENO, "stdout.txt");
    send(STDERR_FILENO, "stderr.txt");
    std::vector<const char*> words{"scanline"};
    for (const std::string& argument : arguments) words.push_back(argument.c_str());
    _exit(train::main(static_cast<int>(words.size()), words.data(), catalogue));
  }
  int raw = 0;
  waitpid(child, &raw, 0);
  return {WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw),
          read_file(directory / "stdout.txt"), read_file(directory / "stderr.txt")};
}

}  // namespace scanline::test
