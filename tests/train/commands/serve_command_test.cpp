#include "scanline/train/commands/serve_command.hpp"

#include "tests/catch.hpp"
#include "tests/train/made_run.hpp"
#include "tests/train/run_scanline.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::is_one_line;
using test::run_scanline;

namespace {

/// Runs `scanline serve` and sends it SIGTERM when it has printed its address. A stronger signal
/// follows if that does not help, or if there is no address for a minute.
test::Outcome serve_until_signal(const std::filesystem::path& directory,
                                 const std::string& prefix = "") {
  return run_scanline(directory,
                      "serve --port 0 & server=$!; "
                      "while kill -0 $server && ! grep -q http stdout.txt; do sleep 0.05; done; "
                      "kill -TERM $server; wait $server",
                      prefix + " timeout --foreground --preserve-status -k 2 60");
}

}  // namespace

TEST_CASE("serve prints its address, and SIGTERM ends it") {
  const test::TemporaryDirectory directory;
  test::make_run(directory.path() / "runs" / "bilstm-1", {});
  const test::Outcome served = serve_until_signal(directory.path());
  CHECK(served.status == 0);
  CHECK(served.out.find("http://127.0.0.1:") == 0);
  CHECK(is_one_line(served.out));
  CHECK(served.err == "scanline: serving runs; Ctrl-C ends it\n");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which need the address space
TEST_CASE("serve needs no memory for the stacks of more threads than there are clients") {
  const test::TemporaryDirectory directory;
  test::make_run(directory.path() / "runs" / "bilstm-1", {});
  const test::Outcome served = serve_until_signal(directory.path(), "ulimit -v 900000;");
  CHECK(served.status == 0);
  CHECK(served.err == "scanline: serving runs; Ctrl-C ends it\n");
}
#endif

TEST_CASE("serve refuses what it cannot serve in one line") {
  const test::TemporaryDirectory directory;
  const test::Outcome nothing = run_scanline(directory.path(), "serve");
  CHECK(nothing.status == 1);
  CHECK(is_one_line(nothing.err));
  CHECK(run_scanline(directory.path(), "serve . --port 70000").status == 2);
  CHECK(run_scanline(directory.path(), "--version").out.find("\nserve: yes\n") !=
        std::string::npos);
}
