#include "scanline/train/commands/serve_command.hpp"

#include "tests/catch.hpp"
#include "tests/train/made_run.hpp"
#include "tests/train/run_scanline.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::is_one_line;
using test::run_scanline;

TEST_CASE("serve prints its address, and SIGTERM ends it") {
  const test::TemporaryDirectory directory;
  test::make_run(directory.path() / "runs" / "bilstm-1", {});
  // timeout sends the signal after a second, and a stronger one if that does not help.
  const test::Outcome served =
      run_scanline(directory.path(), "serve --port 0", "timeout --preserve-status -s TERM -k 1 1");
  CHECK(served.status == 0);
  CHECK(served.out.find("http://127.0.0.1:") == 0);
  CHECK(is_one_line(served.out));
  CHECK(served.err == "scanline: serving runs; Ctrl-C ends it\n");
}

TEST_CASE("serve refuses what it cannot serve in one line") {
  const test::TemporaryDirectory directory;
  const test::Outcome nothing = run_scanline(directory.path(), "serve");
  CHECK(nothing.status == 1);
  CHECK(is_one_line(nothing.err));
  CHECK(run_scanline(directory.path(), "serve . --port 70000").status == 2);
  CHECK(run_scanline(directory.path(), "--version").out.find("\nserve: yes\n") !=
        std::string::npos);
}
