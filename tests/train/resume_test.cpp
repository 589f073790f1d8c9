#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "scanline/framework/io/safetensors.hpp"
#include "tests/catch.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::is_one_line;
using test::read_file;
using test::read_lines;
using test::run_scanline;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

// 11 steps an epoch.
const std::string tiny = "train --data data --hidden-size 8 --val-size 50 --batch-size 32 ";
const std::string steady = tiny + "--schedule constant --warmup 0 ";

/// The records of a run but for what a clock had a hand in.
std::vector<nlohmann::json> timeless_records(const fs::path& run) {
  std::vector<nlohmann::json> records = read_lines(run / "metrics.jsonl");
  for (nlohmann::json& record : records) {
    record.erase("seconds");
    record.erase("images_per_second");
  }
  return records;
}

void check_same_run(const fs::path& a, const fs::path& b) {
  CHECK(read_file(a / "model.safetensors") == read_file(b / "model.safetensors"));
  CHECK(read_file(a / "best.safetensors") == read_file(b / "best.safetensors"));
  CHECK(timeless_records(a) == timeless_records(b));
}

void damage(const fs::path& file) {
  std::string bytes = read_file(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("a run that is killed again and again ends with the bits of an undisturbed one") {
  const Workspace space;
  const std::string options = GENERATE(
      "--epochs 30 --save-every 3 --log-every 1 --ema 0.9 --dropout 0.3",
      "--epochs 30 --save-every 5 --schedule plateau --optimizer sgd --model gru --layers 2");
  REQUIRE(run_scanline(space.path(), tiny + options + " --threads 1 --out whole").status == 0);

  test::Outcome outcome = run_scanline(space.path(), tiny + options + " --threads 2 --out killed",
                                       "timeout -s KILL 0.05");
  int kills = 0;
  for (; outcome.status != 0 && kills < 100; ++kills) {
    INFO(outcome.err);
    REQUIRE(outcome.status == 137);
    if (!fs::exists(space.path() / "killed/config.toml")) {
      outcome = run_scanline(space.path(), tiny + options + " --exist-ok --out killed");
      continue;
    }
    // Each start has a little longer, so that slow machines get there too.
    outcome =
        run_scanline(space.path(), fmt::format("train --resume killed --threads {}", kills % 3 + 1),
                     fmt::format("timeout -s KILL {:.2f}", 0.05 + 0.02 * kills));
  }
  REQUIRE(outcome.status == 0);
  CHECK(kills > 0);
  check_same_run(space.path() / "whole", space.path() / "killed");
  for (const auto& entry : fs::directory_iterator(space.path() / "killed")) {
    CHECK(entry.path().extension() != ".tmp");
    CHECK(entry.path().filename() != "next.checkpoint");
  }
}

TEST_CASE("a run goes on with more steps where its schedule allows it") {
  const Workspace space;
  for (const std::string optimizer : {"adamw", "sgd", "rmsprop"}) {
    const std::string options = steady + "--log-every 1 --optimizer " + optimizer + " ";
    const fs::path whole = space.path() / (optimizer + "-whole"), cut = space.path() / optimizer;
    REQUIRE(run_scanline(space.path(), options + "--epochs 3 --out " + whole.string()).status == 0);
    REQUIRE(run_scanline(space.path(), options + "--epochs 3 --max-steps 15 --out " + cut.string())
                .status == 0);
    CHECK(read_lines(cut / "metrics.jsonl").back()["kind"] == "test");
    REQUIRE(run_scanline(space.path(), "train --max-steps 0 --resume " + cut.string()).status == 0);
    check_same_run(whole, cut);
    // And once more, now that it is finished.
    REQUIRE(run_scanline(space.path(), "train --epochs 4 --resume " + cut.string()).status == 0);
    CHECK(read_lines(cut / "metrics.jsonl").back()["kind"] == "test");
  }
}

TEST_CASE("a schedule that was laid out over all steps goes on over these alone") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--epochs 1 --out run").status == 0);
  const std::string model = read_file(space.path() / "run/model.safetensors");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --epochs 2");
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("cosine schedule with warm-up was laid out over 11 steps") !=
        std::string::npos);
  CHECK(read_file(space.path() / "run/model.safetensors") == model);
}

TEST_CASE("a finished run prints its result line again") {
  const Workspace space;
  const test::Outcome first = run_scanline(space.path(), tiny + "--max-steps 3 --out run");
  REQUIRE(first.status == 0);
  const std::string metrics = read_file(space.path() / "run/metrics.jsonl");
  const test::Outcome again = run_scanline(space.path(), "train --resume run");
  CHECK(again.status == 0);
  CHECK(again.out == first.out);
  CHECK(read_file(space.path() / "run/metrics.jsonl") == metrics);
}

TEST_CASE("a run that was killed while it drew its pictures draws them when it is resumed") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--max-steps 3 --out run").status == 0);
  const fs::path run = space.path() / "run";
  std::string metrics = read_file(run / "metrics.jsonl");
  metrics.resize(metrics.find("{\"kind\":\"test\""));
  std::ofstream(run / "metrics.jsonl") << metrics;
  fs::remove(run / "report.html");
  REQUIRE(run_scanline(space.path(), "train --resume run").status == 0);
  CHECK(fs::exists(run / "report.html"));
  CHECK(read_lines(run / "metrics.jsonl").back()["kind"] == "test");
}

TEST_CASE("a run that was killed before its first checkpoint starts over") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--max-steps 3 --log-every 1 --out run").status == 0);
  const std::string model = read_file(space.path() / "run/model.safetensors");
  for (const char* name : {"last.checkpoint", "previous.checkpoint", "model.safetensors"})
    fs::remove(space.path() / "run" / name);
  std::ofstream(space.path() / "run/last.checkpoint.77-0.tmp") << "half of";
  REQUIRE(run_scanline(space.path(), "train --resume run").status == 0);
  CHECK(read_file(space.path() / "run/model.safetensors") == model);
  CHECK(read_lines(space.path() / "run/metrics.jsonl").size() == 5);
  CHECK_FALSE(fs::exists(space.path() / "run/last.checkpoint.77-0.tmp"));
}

TEST_CASE("a damaged checkpoint is reported, and the one before it used") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  REQUIRE(run_scanline(space.path(), steady + "--epochs 3 --out whole").status == 0);
  REQUIRE(run_scanline(space.path(), steady + "--epochs 2 --keep-last 3 --save-every 5 --out run")
              .status == 0);
  CHECK(fs::exists(run / "previous-2.checkpoint"));
  CHECK_FALSE(fs::exists(run / "previous-3.checkpoint"));
  damage(run / "last.checkpoint");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --epochs 3 --quiet");
  CHECK(outcome.status == 0);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("run/last.checkpoint: is damaged") != std::string::npos);
  CHECK(read_file(run / "model.safetensors") ==
        read_file(space.path() / "whole/model.safetensors"));

  for (const char* name : {"last.checkpoint", "previous.checkpoint", "previous-2.checkpoint"})
    damage(run / name);
  const test::Outcome failed = run_scanline(space.path(), "train --resume run --epochs 4 --quiet");
  CHECK(failed.status == 1);
  CHECK(failed.err.find("run: all of its checkpoints are damaged") != std::string::npos);
}

TEST_CASE("a run whose last checkpoint is damaged can still be ended") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  REQUIRE(run_scanline(space.path(), steady + "--epochs 2 --out run").status == 0);
  fs::remove(run / "model.safetensors");
  damage(run / "last.checkpoint");
  const test::Outcome ended = run_scanline(space.path(), "train --resume run --finish --quiet");
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(fs::exists(run / "model.safetensors"));
  CHECK(run_scanline(space.path(), "train --resume run --finish --quiet").err.empty());
}

TEST_CASE("a checkpoint that was not renamed any more is not lost") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  REQUIRE(run_scanline(space.path(), steady + "--epochs 3 --out whole").status == 0);
  REQUIRE(run_scanline(space.path(), steady + "--epochs 3 --max-steps 15 --out run").status == 0);
  fs::rename(run / "last.checkpoint", run / "next.checkpoint");
  damage(run / "previous.checkpoint");
  const test::Outcome resumed =
      run_scanline(space.path(), "train --resume run --max-steps 0 --quiet");
  INFO(resumed.err);
  CHECK(resumed.status == 0);
  CHECK(resumed.err.empty());
  check_same_run(space.path() / "whole", run);
  CHECK_FALSE(fs::exists(run / "next.checkpoint"));

  // A rename that fails costs neither of them.
  fs::remove(run / "previous.checkpoint");
  fs::create_directory(run / "previous.checkpoint");
  const std::string last = read_file(run / "last.checkpoint");
  CHECK(run_scanline(space.path(), "train --resume run --epochs 4 --quiet").status == 1);
  CHECK(read_file(run / "last.checkpoint") == last);
}

TEST_CASE("a full disk leaves the checkpoint that was there") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), steady + "--epochs 1 --out run").status == 0);
  const std::string checkpoint = read_file(space.path() / "run/last.checkpoint");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --epochs 2 --quiet",
                                             "trap '' XFSZ; ulimit -f 16;");
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("cannot be written: File too large") != std::string::npos);
  CHECK(read_file(space.path() / "run/last.checkpoint") == checkpoint);
  CHECK_FALSE(fs::exists(space.path() / "run/next.checkpoint"));
  CHECK(run_scanline(space.path(), "train --resume run --epochs 2").status == 0);
}

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

TEST_CASE("one process at a time trains in a directory") {
  const Workspace space;
  // Should the lock fail, a limit of time ends them both.
  const std::string endless = steady + "--epochs 1000000 --max-time 0.2 --out run";
  const auto beside_another = [&](const std::string& arguments) {
    // The signal to the first process comes when the second has ended.
    return run_scanline(
        space.path(), arguments + "; status=$?; kill $!; wait; (exit $status)",
        "rm -rf run; '" SCANLINE_BINARY "' " + endless +
            " --quiet & timeout 20 sh -c 'until [ -e run/last.checkpoint ]; do sleep 0.01; done';");
  };
  for (const std::string& arguments :
       {std::string("train --resume run"), endless + " --exist-ok"}) {
    const test::Outcome outcome = beside_another(arguments);
    INFO(arguments << " -> " << outcome.err);
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("scanline: run: another process is training in this directory\n") !=
          std::string::npos);
  }
  // A process that was killed leaves no lock.
  run_scanline(space.path(), "train --resume run", "timeout -s KILL 0.5");
  CHECK(run_scanline(space.path(), "train --resume run --max-steps 1").status == 0);
}

TEST_CASE("the log of steps is not part of the checkpoint") {
  const Workspace space;
  const auto size_with = [&](const std::string& options) {
    REQUIRE(
        run_scanline(space.path(), steady + "--epochs 20 --exist-ok --out run " + options).status ==
        0);
    return fs::file_size(space.path() / "run/last.checkpoint");
  };
  const auto without = size_with("--log-every 0"), with = size_with("--log-every 1");
  CHECK(with < without + 100);
  CHECK(fs::file_size(space.path() / "run/metrics.jsonl") > 10'000);
}

TEST_CASE("the records of a run are what its checkpoint knows") {
  const Workspace space;
  const fs::path run = space.path() / "run", log = run / "metrics.jsonl";
  // The run ends within its fourth epoch.
  const std::string options = steady + "--log-every 4 --epochs 5 ";
  REQUIRE(run_scanline(space.path(), options + "--out whole").status == 0);
  REQUIRE(run_scanline(space.path(), options + "--max-steps 40 --out run").status == 0);
  const std::string before = read_file(log), csv = read_file(run / "metrics.csv");
  const auto resumed = [&](const std::string& more) {
    return run_scanline(space.path(), "train --resume run --quiet " + more);
  };
  SECTION("what was appended is cut off") {
    std::ofstream(log, std::ios::app) << "{\"kind\":1}\n{\"kind\":\"te";
    CHECK(resumed("").err.empty());
    CHECK(read_file(log) == before);
    REQUIRE(resumed("--max-steps 0").status == 0);
    check_same_run(space.path() / "whole", run);
  }
  SECTION("what was damaged is made anew with the records of epochs") {
    const std::string damaged =
        GENERATE_REF(std::string(), before.substr(0, before.size() / 3), "X" + before.substr(1));
    std::ofstream(log) << damaged;
    fs::remove(run / "metrics.csv");
    const test::Outcome outcome = resumed("--max-steps 0");
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(is_one_line(outcome.err));
    CHECK(outcome.err.find("run/metrics.jsonl: is not what it was") != std::string::npos);
    std::vector<nlohmann::json> epochs;
    for (const auto& record : timeless_records(space.path() / "whole"))
      if (record["kind"] != "step" || record["step"] > 40) epochs.push_back(record);
    CHECK(timeless_records(run) == epochs);
    CHECK(read_file(run / "metrics.csv").find("\n5,") != std::string::npos);
  }
  SECTION("a pipe in its place is not waited for") {
    fs::remove(log);
    REQUIRE(mkfifo(log.c_str(), 0600) == 0);
    const test::Outcome outcome = resumed("");
    CHECK(outcome.status == 1);
    CHECK(outcome.err.find("run/metrics.jsonl: cannot be written") != std::string::npos);
  }
}

TEST_CASE("a finished run whose files are gone or damaged is made whole again") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  // One that ended with an epoch, and one that ended within.
  const std::string length = GENERATE("--epochs 2", "--epochs 3 --max-steps 25");
  const test::Outcome first = run_scanline(space.path(), steady + length + " --out run");
  REQUIRE(first.status == 0);
  REQUIRE(run_scanline(space.path(), steady + length + " --out whole").status == 0);
  const std::string log = read_file(run / "metrics.jsonl");
  const auto is_whole_again = [&] {
    const test::Outcome outcome = run_scanline(space.path(), "train --resume run --quiet");
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.out == first.out);
    check_same_run(space.path() / "whole", run);
    for (const auto& entry : fs::directory_iterator(space.path() / "whole"))
      CHECK(fs::exists(run / entry.path().filename()));
    const auto report_time = fs::last_write_time(run / "report.html");
    CHECK(run_scanline(space.path(), "train --resume run").out == first.out);
    CHECK(fs::last_write_time(run / "report.html") == report_time);  // nothing was to be done
  };
  SECTION("gone") {
    for (const char* name : {"model.safetensors", "best.safetensors", "report.html",
                             "learning_curves.png", "metrics.jsonl", "metrics.csv"})
      fs::remove(run / name);
    is_whole_again();
  }
  SECTION("cut short") {
    fs::resize_file(run / "report.html", 100);
    is_whole_again();
  }
  SECTION("damaged") {
    damage(run / "model.safetensors");
    is_whole_again();
  }
  SECTION("another result in the records") {
    std::string lines = log;
    lines.replace(lines.rfind("\"correct\":"), 12, "\"correct\":9");
    std::ofstream(run / "metrics.jsonl") << lines;
    is_whole_again();
  }
}

TEST_CASE("a run all of whose checkpoints are gone starts from the beginning, with a note") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), steady + "--epochs 1 --out run").status == 0);
  const std::string model = read_file(space.path() / "run/model.safetensors");
  fs::remove(space.path() / "run/last.checkpoint");
  fs::remove(space.path() / "run/previous.checkpoint");
  // The model of a finished run is not replaced by that of perhaps another one.
  const test::Outcome refused = run_scanline(space.path(), "train --resume run --quiet");
  CHECK(refused.status == 1);
  CHECK(refused.err == "scanline: run: expected a checkpoint to resume from, found a model only\n");
  CHECK(read_file(space.path() / "run/model.safetensors") == model);
  fs::remove(space.path() / "run/model.safetensors");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --quiet");
  CHECK(outcome.status == 0);
  CHECK(outcome.err ==
        "scanline: note: run: there is no checkpoint, so the run starts from the beginning\n");
  CHECK(read_file(space.path() / "run/model.safetensors") == model);
  CHECK(read_lines(space.path() / "run/metrics.jsonl").size() == 2);
}

TEST_CASE("a damaged configuration does not make another run of it") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  REQUIRE(run_scanline(space.path(), steady + "--epochs 2 --seed 5 --lr 0.01 --max-steps 5 "
                                              "--weight-decay 0.01 --out run")
              .status == 0);
  const std::string config = read_file(run / "config.toml");
  const auto refusal = [&](const std::string& text) {
    std::ofstream(run / "config.toml") << text;
    const test::Outcome outcome = run_scanline(space.path(), "train --resume run --max-steps 0");
    CHECK(outcome.status == 1);
    CHECK(is_one_line(outcome.err));
    CHECK(read_file(run / "config.toml") == text);
    return outcome.err;
  };
  CHECK(refusal("").find("run/config.toml: expected all options of a run, found none called "
                         "augment, batch-size") != std::string::npos);
  std::string other = config;
  other.replace(other.find("seed=5"), 6, "seed=1");
  other.replace(other.find("\nlr=0.01"), 8, "\nlr=0.03");
  CHECK(refusal(other) ==
        "scanline: run/last.checkpoint: it was saved with the options lr=0.01 (now 0.03), seed=5 "
        "(now 1); is config.toml damaged?\n");
  // What may change on resuming is no damage.
  other = config;
  other.replace(other.find("keep-last=2"), 11, "keep-last=3");
  std::ofstream(run / "config.toml") << other;
  CHECK(run_scanline(space.path(), "train --resume run --max-steps 0").status == 0);
}

TEST_CASE("a run is not resumed on other data under the same names") {
  const Workspace space;
  fs::create_directory(space.path() / "other");
  test::write_tiny_mnist(space.path() / "other", 400, 101);
  REQUIRE(run_scanline(space.path(), steady + "--epochs 2 --max-steps 5 --out run").status == 0);
  const auto resumed = [&] {
    return run_scanline(space.path(), "train --resume run --max-steps 0 --quiet --data other");
  };
  CHECK(resumed().err ==
        "scanline: run/last.checkpoint: it was saved by a run on other test images or labels than "
        "those in other\n");
  test::write_tiny_mnist(space.path() / "other", 400, 100);
  std::fstream labels(space.path() / "other/train-labels-idx1-ubyte", std::ios::in | std::ios::out);
  labels.seekp(8 + 7).put(1);
  labels.close();
  CHECK(resumed().err.find("other training images or labels than those in other") !=
        std::string::npos);
  test::write_tiny_mnist(space.path() / "other", 400, 100);
  CHECK(resumed().status == 0);
}

TEST_CASE("the best weights of a resumed run are its own") {
  const Workspace space;
  // With one of these seeds, the part of an epoch does better than any epoch as a whole.
  for (const int seed : {3, 4, 5}) {
    const std::string options = fmt::format(
        "{} --model rnn --lr 0.01 --ema 0 --epochs 3 --quiet --exist-ok --seed {} ", steady, seed);
    REQUIRE(run_scanline(space.path(), options + "--out whole").status == 0);
    REQUIRE(run_scanline(space.path(), options + "--max-steps 12 --out cut").status == 0);
    REQUIRE(run_scanline(space.path(), "train --resume cut --max-steps 0").status == 0);
    check_same_run(space.path() / "whole", space.path() / "cut");
  }
}

TEST_CASE("the learning rate of an epoch is part of the checkpoint") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--limit-train-batches 5 --max-steps 7 --epochs 2 "
                                            "--out run")
              .status == 0);
  const auto before = timeless_records(space.path() / "run");
  // As if it had been killed while it was validated.
  std::ofstream(space.path() / "run/metrics.jsonl") << "";
  REQUIRE(run_scanline(space.path(), "train --resume run").status == 0);
  CHECK(timeless_records(space.path() / "run") == before);
  CHECK(before.at(1)["learning_rate"] > 0);
}

TEST_CASE("a run whose loss is not finite is resumed when it is told not to mind") {
  const Workspace space;
  const std::string options = steady +
                              "--model mlp --optimizer sgd --lr 1000 --clip-norm 0 "
                              "--no-check-nan --epochs 3 --quiet ";
  const test::Outcome whole = run_scanline(space.path(), options + "--out whole");
  REQUIRE(whole.status == 0);
  CHECK(whole.out.ends_with(" loss nan\n"));
  CHECK(run_scanline(space.path(), "train --resume whole").out == whole.out);
  REQUIRE(run_scanline(space.path(), options + "--max-steps 17 --out cut").status == 0);
  const test::Outcome outcome = run_scanline(space.path(), "train --resume cut --max-steps 0");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  check_same_run(space.path() / "whole", space.path() / "cut");
}

TEST_CASE("a run goes on without the file that its first weights came from") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), steady + "--max-steps 3 --out first").status == 0);
  fs::rename(space.path() / "first/model.safetensors", space.path() / "w#1.safetensors");
  REQUIRE(run_scanline(space.path(), steady + "--init 'w#1.safetensors' --max-steps 5 --out run")
              .status == 0);
  fs::remove(space.path() / "w#1.safetensors");
  const test::Outcome outcome = run_scanline(space.path(), "train --resume run --max-steps 6");
  INFO(outcome.err);
  CHECK(outcome.status == 0);
}

TEST_CASE("a run that has not begun leaves nothing") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  CHECK(run_scanline(space.path(), steady + "--patience 1 --val-size 0 --out run").status == 1);
  CHECK_FALSE(fs::exists(run));
  const std::string infinite = steady + "--model mlp --max-steps 1 --out start";
  REQUIRE(run_scanline(space.path(), infinite).status == 0);
  io::Safetensors model = io::read_safetensors(space.path() / "start/model.safetensors");
  for (auto& [name, array] : model.tensors) array.fill(1e38);
  model.metadata.clear();
  io::write_safetensors(space.path() / "huge", model);
  const test::Outcome outcome =
      run_scanline(space.path(), steady + "--model mlp --init huge --out run");
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("step 1: the loss is ") != std::string::npos);
  CHECK_FALSE(fs::exists(run));
  // What a process left that was killed before it wrote its first file is no run either.
  fs::create_directory(run);
  std::ofstream(run / "config.toml.77-0.tmp") << "half of";
  CHECK(run_scanline(space.path(), steady + "--max-steps 1 --out run").status == 0);
  // The files of others are neither overwritten nor removed.
  fs::create_directory(space.path() / "mine");
  for (const char* name : {"backup.2024-11-26.tmp", "half.77-0.tmp"})
    std::ofstream(space.path() / "mine" / name) << "mine";
  CHECK(run_scanline(space.path(), steady + "--max-steps 1 --out mine").status == 1);
  CHECK(fs::exists(space.path() / "mine/half.77-0.tmp"));
  CHECK(fs::exists(space.path() / "mine/backup.2024-11-26.tmp"));
}

TEST_CASE("a run keeps the options that make it what it is") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--max-steps 2 --out run").status == 0);
  const test::Outcome refused = run_scanline(
      space.path(), "train --resume run --lr 0.1 --hidden-size 8 --seed 4 --threads 1");
  CHECK(refused.status == 2);
  CHECK(refused.err.find("--lr, --seed cannot change") != std::string::npos);
  CHECK(run_scanline(space.path(), "train --resume run --out other").status == 2);
  const test::Outcome nothing = run_scanline(space.path(), "train --resume data");
  CHECK(nothing.status == 1);
  CHECK(nothing.err.find("data: expected a run directory with a config.toml, found none") !=
        std::string::npos);
}

TEST_CASE("a configuration makes the same run again") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), tiny + "--max-steps 4 --no-shuffle --lr 0.0123456789 --out a")
              .status == 0);
  REQUIRE(run_scanline(space.path(), "train --config a/config.toml --out b").status == 0);
  check_same_run(space.path() / "a", space.path() / "b");
  CHECK(read_file(space.path() / "a/config.toml") == read_file(space.path() / "b/config.toml"));
  CHECK(run_scanline(space.path(), "train --config a/config.toml --dump-config").out ==
        read_file(space.path() / "a/config.toml"));

  // The command line wins over a recipe on it, that over the file, and that over the recipe in it.
  std::ofstream(space.path() / "c.toml") << "recipe=\"default\"\nlr=0.5\nepochs=7\nhidden-size=9\n";
  const auto dump = [&](const std::string& arguments) {
    return run_scanline(space.path(), "train --dump-config --config c.toml " + arguments).out;
  };
  CHECK(dump("").find("lr=0.5\n") != std::string::npos);
  CHECK(dump("--epochs 8").find("epochs=8\n") != std::string::npos);
  const std::string with_recipe = dump("--recipe default --epochs 8");
  CHECK(with_recipe.find("lr=0.003\n") != std::string::npos);
  CHECK(with_recipe.find("epochs=8\n") != std::string::npos);
  CHECK(with_recipe.find("hidden-size=128\n") != std::string::npos);
  CHECK(dump("--recipe fast").find("hidden-size=64\n") != std::string::npos);
  CHECK(dump("--recipe best").find("model=\"renet\"\n") != std::string::npos);

  const auto fails_with = [&](const std::string& toml, const std::string& expected) {
    std::ofstream(space.path() / "bad.toml") << toml;
    const test::Outcome outcome = run_scanline(space.path(), "train --config bad.toml");
    INFO(outcome.err);
    CHECK(outcome.status != 0);
    CHECK(is_one_line(outcome.err));
    CHECK(outcome.err.find(expected) != std::string::npos);
  };
  fails_with("epoch=3\n", "bad.toml: unknown option 'epoch' (did you mean epochs?)");
  fails_with("resume=\"x\"\n", "bad.toml: unknown option 'resume'");
  fails_with(
      "[train]\nepochs=3\n",
      "bad.toml: line 1: expected the name of an option, '=' and its value, found '[train]'");
  fails_with("epochs=\"many\"\n", "bad.toml: epochs: expected a whole number");
  CHECK(run_scanline(space.path(), "train --config none.toml").status == 1);
}

TEST_CASE("a run ends early when it is told to") {
  const Workspace space;
  // With a vanishing learning rate nothing gets better.
  const std::string still = steady + "--lr 1e-12 --dropout 0 --epochs 50 ";
  REQUIRE(
      run_scanline(space.path(), still + "--patience 3 --min-delta 0.01 --out patient").status ==
      0);
  CHECK(read_lines(space.path() / "patient/metrics.jsonl").size() == 4 + 1);
  CHECK(run_scanline(space.path(), still + "--patience 3 --val-size 0").status == 1);
  REQUIRE(run_scanline(
              space.path(),
              still + "--patience 2 --monitor train_loss --val-size 0 --min-delta 0.1 --out train")
              .status == 0);
  CHECK(read_lines(space.path() / "train/metrics.jsonl").size() == 3 + 1);

  REQUIRE(
      run_scanline(space.path(), steady + "--epochs 100000 --max-time 0.005 --out timed").status ==
      0);
  CHECK(read_lines(space.path() / "timed/metrics.jsonl").back()["kind"] == "test");
}

TEST_CASE("early stopping says so, and what was tested is said") {
  const Workspace space;
  const std::string patient =
      steady + "--epochs 50 --lr 0.01 --patience 2 --monitor val_accuracy --seed 3 ";
  const test::Outcome last = run_scanline(space.path(), patient + "--out last");
  const test::Outcome best = run_scanline(space.path(), patient + "--test-best --out best");
  REQUIRE(last.status == 0);
  REQUIRE(best.status == 0);
  const auto records = read_lines(space.path() / "last/metrics.jsonl");
  const auto epochs = records.size() - 1;
  REQUIRE(epochs < 50);
  CHECK(last.err.find("stopped early: val_accuracy has not improved for 2 epochs\n") !=
        std::string::npos);
  CHECK(last.err.find(fmt::format("tested the averaged weights after the last step, in epoch {}\n",
                                  epochs)) != std::string::npos);
  CHECK(last.err.find(fmt::format("the best epoch on validation, not tested, was epoch {} ",
                                  epochs - 2)) != std::string::npos);
  CHECK(best.err.find(fmt::format("tested the weights of epoch {} (validation accuracy ",
                                  epochs - 2)) != std::string::npos);
  CHECK(read_file(space.path() / "best/model.safetensors") ==
        read_file(space.path() / "best/best.safetensors"));
  CHECK(read_file(space.path() / "last/best.safetensors") ==
        read_file(space.path() / "best/best.safetensors"));
  const test::Outcome refused =
      run_scanline(space.path(), steady + "--val-size 0 --test-best --out refused");
  CHECK(refused.status == 1);
  CHECK(refused.err ==
        "scanline: --test-best: expected images for validation, found --val-size 0\n");
}

TEST_CASE("an interrupted run can be ended where it is") {
  const Workspace space;
  const fs::path run = space.path() / "run";
  const std::string options = steady + "--epochs 4 ";
  REQUIRE(run_scanline(space.path(), options + "--out whole").status == 0);
  // What a run with a limit of steps leaves is what a signal within its second epoch leaves, once
  // the model, the report and the end of its records are gone.
  REQUIRE(run_scanline(space.path(), options + "--max-steps 15 --out run").status == 0);
  for (const char* name : {"model.safetensors", "report.html", "learning_curves.png"})
    fs::remove(run / name);
  const test::Outcome finished =
      run_scanline(space.path(), "train --resume run --max-steps 0 --finish");
  INFO(finished.err);
  CHECK(finished.status == 0);
  CHECK(finished.out.starts_with("test accuracy "));
  for (const char* name : {"model.safetensors", "report.html", "learning_curves.png"})
    CHECK(fs::exists(run / name));
  CHECK(read_lines(run / "metrics.jsonl").size() == 3);
  CHECK(run_scanline(space.path(), "train --resume run --finish").out == finished.out);
  // It can still be continued, and ends as if it had never been ended.
  REQUIRE(run_scanline(space.path(), "train --resume run").status == 0);
  check_same_run(space.path() / "whole", run);

  const test::Outcome alone = run_scanline(space.path(), options + "--finish");
  CHECK(alone.status == 1);
  CHECK(alone.err == "scanline: --finish: expected a run to finish, found no --resume\n");
}

TEST_CASE("a dry run tries everything and leaves nothing") {
  const Workspace space;
  const test::Outcome outcome =
      run_scanline(space.path(), tiny + "--dry-run", "mkdir -p tmp; TMPDIR=tmp");
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find("test accuracy ") == 0);
  CHECK_FALSE(fs::exists(space.path() / "runs"));
  CHECK(fs::is_empty(space.path() / "tmp"));
}

TEST_CASE("a few batches can be learned by heart") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), steady + "--overfit-batches 1 --augment none --hidden-size 16 "
                                              "--lr 0.03 --dropout 0 --epochs 200 --out run")
              .status == 0);
  const auto records = read_lines(space.path() / "run/metrics.jsonl");
  CHECK(records[records.size() - 2]["train_accuracy"] == 1.0);
}
