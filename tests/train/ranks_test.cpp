#include "scanline/train/ranks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/train/run_scanline.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::Outcome;
using test::read_file;
using test::read_lines;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

/// A shell command that runs another one on so many ranks, of one thread each.
std::string on_ranks(int count, const std::string& command) {
  return fmt::format(
      "env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe "
      "--mca mpi_yield_when_idle 1 --mca odls_base_sigkill_timeout 5 -np {} {}",
      count, command);
}

Outcome run_shell(const fs::path& directory, const std::string& script) {
  const std::string command =
      fmt::format("cd '{}' && {{ {}\n}} >stdout.txt 2>stderr.txt", directory.string(), script);
  const int raw = std::system(command.c_str());
  return {WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw),
          read_file(directory / "stdout.txt"), read_file(directory / "stderr.txt")};
}

/// Options of a run of a few seconds, whose batches of 50 are no multiple of 4, and whose last one
/// of an epoch has 10.
const std::string small =
    "train --data data --threads 1 --val-size 40 --batch-size 50 --hidden-size 12 --epochs 2 "
    "--log-every 1 --progress none ";

Outcome train_run(const Workspace& space, int ranks, const std::string& options) {
  const std::string scanline = fmt::format("'{}' {} {}", SCANLINE_BINARY, small, options);
  return run_shell(space.path(), ranks == 1 ? scanline : on_ranks(ranks, scanline));
}

/// The losses of all steps and epochs, and the test's result.
std::vector<double> losses(const fs::path& run) {
  std::vector<double> result;
  for (const auto& record : read_lines(run / "metrics.jsonl"))
    for (const char* name : {"loss", "train_loss", "val_loss", "accuracy", "val_accuracy"})
      if (record.contains(name) && !record.at(name).is_null())
        result.push_back(record.at(name).get<double>());
  return result;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return INFINITY;
  double result = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    result = std::max(result, std::abs(a[i] - b[i]) / std::max(std::abs(a[i]), 1e-3));
  return result;
}

/// The lines that scanline wrote itself, and not mpirun.
std::vector<std::string> own_lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("scanline: ")) result.push_back(line);
  return result;
}

/// Starts a run on two ranks in the background, waits until it has done some steps, and does
/// something to rank 1, whose process is $victim. The status is that of mpirun.
Outcome disturb(const Workspace& space, const std::string& options, const std::string& deed) {
  const std::string scanline =
      fmt::format("'{}' {} --epochs 400 --max-steps 200 {}", SCANLINE_BINARY, small, options);
  return run_shell(
      space.path(),
      fmt::format(
          "{} & mpirun=$!\n"
          "until [ \"$(cat run/metrics.jsonl 2>/dev/null | grep -c step)\" -gt 20 ]; do sleep "
          "0.05; done\n"
          "for p in $(pgrep -P $mpirun); do\n"
          "  grep -qz OMPI_COMM_WORLD_RANK=1 /proc/$p/environ && victim=$p\n"
          "done\n"
          "{}\n"
          "wait $mpirun",
          on_ranks(2, scanline), deed));
}

}  // namespace

TEST_CASE("several ranks have the losses of one process") {
  const Workspace space;
  for (const std::string options :
       {"--model bilstm", "--model mlp --dropout 0.4 --augment affine",
        "--model gru --layers 2 --dropout 0.3 --accumulate 3 --ema 0.9 --clip-norm 1",
        "--model bilstm --loss focal --class-weights balanced", "--model renet --dropout 0.3",
        "--model rowcol --label-smoothing 0.1 --test-best"}) {
    INFO(options);
    REQUIRE(train_run(space, 1, options + " --exist-ok --out one").status == 0);
    for (const int ranks : {2, 3, 4}) {
      INFO(ranks << " ranks");
      const Outcome outcome = train_run(space, ranks, options + " --exist-ok --out several");
      INFO(outcome.err);
      REQUIRE(outcome.status == 0);
      CHECK(largest_difference(losses(space.path() / "one"), losses(space.path() / "several")) <
            1e-5);
    }
  }
}

TEST_CASE("several ranks read lines as one process does") {
  const Workspace space;
  const std::string options = "--dataset numbers --digits 1..3 --dropout 0.2 ";
  REQUIRE(train_run(space, 1, options + "--out one").status == 0);
  REQUIRE_FALSE(losses(space.path() / "one").empty());
  for (const int ranks : {2, 3}) {
    INFO(ranks << " ranks");
    const Outcome outcome = train_run(space, ranks, options + "--exist-ok --out several");
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(largest_difference(losses(space.path() / "one"), losses(space.path() / "several")) <
          1e-5);
  }
}

TEST_CASE("ranks that are more than the images of a batch still train") {
  const Workspace space;
  const std::string options = "--model mlp --batch-size 3 --max-steps 110 ";
  REQUIRE(train_run(space, 1, options + "--out one").status == 0);
  REQUIRE(train_run(space, 4, options + "--out several").status == 0);
  CHECK(largest_difference(losses(space.path() / "one"), losses(space.path() / "several")) < 1e-5);
}

TEST_CASE("runs on the same number of ranks have the same bits") {
  const Workspace space;
  for (const char* out : {"first", "second"})
    REQUIRE(train_run(space, 3, fmt::format("--dropout 0.2 --out {}", out)).status == 0);
  CHECK(read_file(space.path() / "first/model.safetensors") ==
        read_file(space.path() / "second/model.safetensors"));
  CHECK(losses(space.path() / "first") == losses(space.path() / "second"));
}

TEST_CASE("with --deterministic-ranks any number of ranks has the same bits") {
  const Workspace space;
  for (const std::string options : {"--model bilstm --layers 2 --dropout 0.2 --accumulate 2",
                                    "--model mlp --class-weights balanced --batch-size 6",
                                    "--dataset numbers --digits 1..3 --dropout 0.2"}) {
    INFO(options);
    for (const int ranks : {1, 2, 4}) {
      const Outcome outcome = train_run(
          space, ranks,
          fmt::format("{} --deterministic-ranks 4 --exist-ok --out of-{}", options, ranks));
      INFO(outcome.err);
      REQUIRE(outcome.status == 0);
    }
    for (const char* other : {"of-2", "of-4"}) {
      CHECK(read_file(space.path() / "of-1/model.safetensors") ==
            read_file(space.path() / other / "model.safetensors"));
      CHECK(losses(space.path() / "of-1") == losses(space.path() / other));
    }
  }
  const Outcome refused = train_run(space, 3, "--deterministic-ranks 4 --out refused");
  CHECK(refused.status == 1);
  CHECK(own_lines(refused.err) ==
        std::vector<std::string>{"scanline: --deterministic-ranks 4: expected a power of 2 that "
                                 "the number of ranks divides, found 3 ranks"});
  CHECK_FALSE(fs::exists(space.path() / "refused"));
}

TEST_CASE("only the first rank prints and writes") {
  const Workspace space;
  const Outcome outcome = train_run(space, 3, "--out run --progress plain");
  CHECK(outcome.status == 0);
  CHECK(std::count(outcome.out.begin(), outcome.out.end(), '\n') == 1);
  CHECK(outcome.err.find("3 ranks of 1 thread, into run") != std::string::npos);
  CHECK(outcome.err.find("ranks") == outcome.err.rfind("ranks"));
  CHECK(fs::exists(space.path() / "run/report.html"));
  CHECK_FALSE(fs::exists(space.path() / "runs"));
  const Outcome version =
      run_shell(space.path(), on_ranks(2, fmt::format("'{}' --version", SCANLINE_BINARY)));
  CHECK(version.out.find("mpi: yes") == version.out.rfind("mpi: yes"));
  const Outcome refused = train_run(space, 2, "--model unknown");
  CHECK(refused.status == 2);
  CHECK(own_lines(refused.err).size() == 1);
}

TEST_CASE("a stopped run continues on another number of ranks") {
  const Workspace space;
  const Outcome stopped = disturb(space, "--out run", "kill -TERM $victim");
  INFO(stopped.err);
  CHECK(stopped.status == 143);
  REQUIRE(own_lines(stopped.err).size() == 1);
  CHECK(own_lines(stopped.err)[0].find("stopped by SIGTERM after step") != std::string::npos);
  fs::copy(space.path() / "run", space.path() / "copy", fs::copy_options::recursive);
  fs::copy(space.path() / "run", space.path() / "alone", fs::copy_options::recursive);
  const auto resume = [&](int ranks, const std::string& run) {
    const std::string scanline = fmt::format("'{}' train --resume {}", SCANLINE_BINARY, run);
    return run_shell(space.path(), ranks == 1 ? scanline : on_ranks(ranks, scanline)).status;
  };
  CHECK(resume(2, "run") == 0);
  CHECK(resume(4, "copy") == 0);
  CHECK(resume(1, "alone") == 0);
  REQUIRE(train_run(space, 2, "--epochs 400 --max-steps 200 --out whole").status == 0);
  CHECK(read_file(space.path() / "run/model.safetensors") ==
        read_file(space.path() / "whole/model.safetensors"));
  CHECK(losses(space.path() / "run") == losses(space.path() / "whole"));
  for (const char* other : {"copy", "alone"})
    CHECK(largest_difference(losses(space.path() / "whole"), losses(space.path() / other)) < 1e-3);
}

TEST_CASE("a rank that is killed ends the others with a checkpoint") {
  const Workspace space;
  const Outcome killed = disturb(space, "--out run", "kill -KILL $victim");
  INFO(killed.err);
  CHECK(killed.status != 0);
  REQUIRE(own_lines(killed.err).size() == 1);
  CHECK(own_lines(killed.err)[0].find("rank 1 was lost") != std::string::npos);
  CHECK(own_lines(killed.err)[0].find("go on with: scanline train --resume run") !=
        std::string::npos);
  const std::string scanline = fmt::format("'{}' train --resume run", SCANLINE_BINARY);
  REQUIRE(run_shell(space.path(), on_ranks(2, scanline)).status == 0);
  REQUIRE(train_run(space, 2, "--epochs 400 --max-steps 200 --out whole").status == 0);
  CHECK(read_file(space.path() / "run/model.safetensors") ==
        read_file(space.path() / "whole/model.safetensors"));
  CHECK(losses(space.path() / "run") == losses(space.path() / "whole"));
}

TEST_CASE("a rank that hangs ends the others after a time") {
  const Workspace space;
  const Outcome hung = disturb(space, "--out run --rank-timeout 1", "kill -STOP $victim");
  INFO(hung.err);
  CHECK(hung.status == 1);
  REQUIRE(own_lines(hung.err).size() == 1);
  CHECK(own_lines(hung.err)[0].find("rank 1 was lost: it does not answer") != std::string::npos);
  CHECK(fs::exists(space.path() / "run/last.checkpoint"));
}

TEST_CASE("a loss that is not finite names its rank") {
  const Workspace space;
  const Outcome outcome = train_run(space, 2,
                                    "--model mlp --layers 3 --optimizer sgd --lr 1000 "
                                    "--clip-norm 0 --schedule constant --warmup 0 --out run");
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  REQUIRE(own_lines(outcome.err).size() == 1);
  CHECK(own_lines(outcome.err)[0].find("on rank ") != std::string::npos);
  CHECK(fs::exists(space.path() / "run/last.checkpoint"));
}

TEST_CASE("ranks with other images are refused") {
  const Workspace space;
  fs::create_directory(space.path() / "other");
  test::write_tiny_mnist(space.path() / "other", 390);
  // An option that is given twice has its later value.
  const std::string script = fmt::format(
      "sh -c '[ $OMPI_COMM_WORLD_RANK = 2 ] && data=other || data=data; exec \"{}\" {} --data "
      "$data "
      "--out run'",
      SCANLINE_BINARY, small);
  const Outcome outcome = run_shell(space.path(), on_ranks(3, script));
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(own_lines(outcome.err) ==
        std::vector<std::string>{
            "scanline: rank 2: expected the images and labels of rank 0, found others"});
  CHECK_FALSE(fs::exists(space.path() / "run"));
}

#ifdef SCANLINE_DATA_PARALLEL
TEST_CASE("the example trains as one process does") {
  const Workspace space;
  const std::string program = fmt::format("'{}' data", SCANLINE_DATA_PARALLEL);
  const Outcome alone = run_shell(space.path(), program);
  REQUIRE(alone.status == 0);
  const auto tested = [](const Outcome& outcome) {
    return outcome.out.substr(outcome.out.find("test accuracy"));
  };
  for (const int ranks : {2, 3}) {
    const Outcome several = run_shell(space.path(), on_ranks(ranks, program));
    INFO(several.err);
    REQUIRE(several.status == 0);
    CHECK(tested(several) == tested(alone));
  }
}
#endif
