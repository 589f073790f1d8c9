#include "scanline/train/child_process.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/run_scanline.hpp"

using namespace scanline;
using train::ChildProcess;

namespace {

int wait_for(ChildProcess& process) {
  while (!process.status()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return *process.status();
}

}  // namespace

// The program that is run once more is that of these tests.
TEST_CASE("a child process is this program, and what it writes is appended to a file") {
  const test::TemporaryDirectory directory;
  const std::filesystem::path log = directory.path() / "log";
  ChildProcess first({"--help"}, log);
  CHECK(wait_for(first) == 0);
  const std::string once = test::read_file(log);
  CHECK(once.find("test") != std::string::npos);
  ChildProcess second({"--help"}, log);
  CHECK(wait_for(second) == 0);
  CHECK(test::read_file(log) == once + once);
  ChildProcess wrong({"--no-such-option"}, log);
  CHECK(wait_for(wrong) != 0);
  wrong.send(15);  // has nobody to reach
  CHECK_THROWS_AS(ChildProcess({"--help"}, directory.path() / "none/log"), Error);
}

TEST_CASE("a child process ends where its parent was told to ignore the ends of children") {
  const test::TemporaryDirectory directory;
  std::signal(SIGCHLD, SIG_IGN);
  ChildProcess child({"--help"}, directory.path() / "log");
  CHECK(wait_for(child) == 0);
}
