#include "scanline/train/stop_request.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <tuple>

#include "tests/catch.hpp"
#include "tests/train/runs.hpp"

using namespace scanline;
using test::is_one_line;
using test::run_scanline;
using test::steady;
using test::Workspace;
namespace fs = std::filesystem;

TEST_CASE("a signal ends a run in good order") {
  const Workspace space;
  const auto [signal, name, status] =
      GENERATE(std::tuple("INT", "SIGINT", 130), std::tuple("TERM", "SIGTERM", 143),
               std::tuple("HUP", "SIGHUP", 129));
  const std::string stopped =
      fmt::format("timeout --foreground --preserve-status -s {} 0.5", signal);
  test::Outcome outcome =
      run_scanline(space.path(), steady + "--epochs 1000000 --progress none --out run", stopped);
  INFO(outcome.err);
  CHECK(outcome.status == status);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find(fmt::format("stopped by {} after step ", name)) != std::string::npos);
  CHECK(outcome.err.find("scanline train --resume run") != std::string::npos);
  CHECK(outcome.out.empty());
  CHECK(fs::exists(space.path() / "run/last.checkpoint"));
  outcome = run_scanline(space.path(), "train --resume run", stopped);
  CHECK(outcome.status == status);
}

TEST_CASE("a signal that was ignored when the run was started stays ignored") {
  const Workspace space;
  for (const std::string signal : {"HUP", "INT", "TERM"}) {
    const test::Outcome outcome =
        run_scanline(space.path(),
                     steady + "--epochs 100000 --max-time 0.01 --quiet --exist-ok --out run & " +
                         "sleep 0.3; kill -" + signal + " $!; wait $!",
                     "trap '' " + signal + ";");
    INFO(signal << ": " << outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.out.starts_with("test accuracy"));
  }
}

TEST_CASE("one of several ranks does not die of a signal after its run") {
  setenv("OMPI_COMM_WORLD_SIZE", "2", /*overwrite=*/1);
  { const train::StopRequest stop; }
  std::raise(SIGTERM);
  CHECK(train::StopRequest::was_received());
  unsetenv("OMPI_COMM_WORLD_SIZE");
  { const train::StopRequest stop; }
  CHECK_FALSE(train::StopRequest::was_received());
}
