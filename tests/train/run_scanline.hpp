#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/read_file.hpp"

namespace scanline::test {

/// What a process left behind. A status of 128 + n stands for an end by signal n, as in a shell.
struct Outcome {
  int status = 0;
  std::string out, err;
};

/// Runs the command line in `directory` through a shell; `arguments` are quoted as there, and may
/// be preceded by assignments of variables or `ulimit ...;` in `prefix`.
inline Outcome run_scanline(const std::filesystem::path& directory, const std::string& arguments,
                            const std::string& prefix = "") {
  const std::string command = "cd '" + directory.string() + "' && { " + prefix + " '" +
                              SCANLINE_BINARY "' " + arguments + "; } >stdout.txt 2>stderr.txt";
  const int raw = std::system(command.c_str());
  const int status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return {status, read_file(directory / "stdout.txt"), read_file(directory / "stderr.txt")};
}

}  // namespace scanline::test
