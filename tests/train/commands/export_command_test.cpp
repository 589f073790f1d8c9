#include <cstdlib>
#include <filesystem>

#include "scanline/framework/io/safetensors.hpp"
#include "tests/catch.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::is_one_line;
using test::run_scanline;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

const std::string options = "--dataset mnist --data data --val-size 50 --batch-size 32 --epochs 1 ";

/// A workspace with a trained model in its `run`.
struct TrainedRun : Workspace {
  TrainedRun() { REQUIRE(run("train --hidden-size 8 " + options + "--out run").status == 0); }
  test::Outcome run(const std::string& arguments) const { return run_scanline(path(), arguments); }
};

}  // namespace

TEST_CASE("export writes a trained model as C") {
  const TrainedRun workspace;
  const test::Outcome outcome = workspace.run("export run --out digits.c --main");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.err == "scanline: wrote digits.c and digits.h\n");
  const std::string compile =
      "cd '" + workspace.path().string() + "' && cc -std=c99 digits.c -lm -o digits";
  CHECK(std::system(compile.c_str()) == 0);
  REQUIRE(workspace.run("export run --out small.c --int8").status == 0);
  CHECK(fs::file_size(workspace.path() / "small.c") <
        fs::file_size(workspace.path() / "digits.c") / 2);

  // A file without metadata is normalized as predict does it, like MNIST.
  io::Safetensors content = io::read_safetensors(workspace.path() / "run/model.safetensors");
  content.metadata.clear();
  io::write_safetensors(workspace.path() / "bare.safetensors", content);
  CHECK(workspace.run("export bare.safetensors --out bare.c").status == 0);
  CHECK(test::read_file(workspace.path() / "bare.c").find("1.30700000e-01f") != std::string::npos);

  for (const char* arguments : {"", "--out digits.h", "--out digits"}) {
    const test::Outcome refused = workspace.run(std::string("export run ") + arguments);
    CHECK(refused.status == 2);
    CHECK(is_one_line(refused.err));
    CHECK(refused.err.find("--out: expected a file NAME.c, found ") != std::string::npos);
  }
  CHECK(workspace.run("export --help").status == 0);
  const test::Outcome unwritable = workspace.run("export run --out nowhere/digits.c");
  CHECK(unwritable.status == 1);
  CHECK(is_one_line(unwritable.err));
  fs::create_directory(workspace.path() / "half.c");
  CHECK(workspace.run("export run --out half.c").status == 1);
  CHECK_FALSE(fs::exists(workspace.path() / "half.h"));
  CHECK(workspace.run("export nothing --out digits.c").status == 1);
  CHECK(workspace.run("export run --out 7.c").status == 1);
  CHECK_FALSE(fs::exists(workspace.path() / "7.c"));
}

TEST_CASE("export writes a trained model as ONNX, which every command reads") {
  const TrainedRun workspace;
  const test::Outcome outcome = workspace.run("export run --format onnx --out digits.onnx");
  const bool has_onnx = workspace.run("--version").out.find("\nonnx: yes\n") != std::string::npos;
  if (!has_onnx) {
    CHECK(outcome.status == 1);
    CHECK(is_one_line(outcome.err));
    CHECK(outcome.err.find("-D SCANLINE_ONNX=ON") != std::string::npos);
    return;
  }
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.err == "scanline: wrote digits.onnx\n");
  CHECK(workspace.run("eval digits.onnx --data data --json").out ==
        workspace.run("eval run --data data --json").out);
  CHECK(workspace.run("info digits.onnx").status == 0);
  CHECK(workspace.run("export digits.onnx --out digits.c").status == 0);
  CHECK(workspace.run("train --init digits.onnx " + options + "--out again").status == 0);

  for (const char* arguments :
       {"", "--out digits.c", "--out digits.onnx --int8", "--out digits.onnx --main"}) {
    const test::Outcome refused =
        workspace.run(std::string("export run --format onnx ") + arguments);
    CHECK(refused.status == 2);
    CHECK(is_one_line(refused.err));
  }
}
