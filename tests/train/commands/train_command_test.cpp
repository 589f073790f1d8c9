#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>
#include <vector>

#include "scanline/framework/io/safetensors.hpp"
#include "scanline/train/report/report.hpp"
#include "tests/catch.hpp"
#include "tests/train/run_scanline.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::is_one_line;
using test::read_file;
using test::read_lines;
using test::run_scanline;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

const std::string quick =
    "train --dataset mnist --data data --hidden-size 16 --val-size 50 --batch-size 32 ";

}  // namespace

TEST_CASE("train learns, prints the result line and leaves a run directory") {
  const Workspace space;
  const test::Outcome run =
      run_scanline(space.path(), quick + "--epochs 12 --lr 0.02 --dropout 0 --log-every 2");
  INFO(run.err);
  REQUIRE(run.status == 0);
  REQUIRE(is_one_line(run.out));

  const fs::path directory = space.path() / "runs" / "bilstm-1";
  const auto records = read_lines(directory / "metrics.jsonl");
  std::vector<nlohmann::json> steps, epochs, tests;
  for (const auto& record : records)
    (record["kind"] == "step"    ? steps
     : record["kind"] == "epoch" ? epochs
                                 : tests)
        .push_back(record);
  // 350 images in batches of 32 make 11 steps an epoch, every second of which is logged.
  REQUIRE(steps.size() == 66);
  CHECK(steps.back()["step"] == 132);
  CHECK(steps.back()["epoch"] == 12);
  REQUIRE(epochs.size() == 12);
  CHECK(epochs.back()["train_loss"] < epochs.front()["train_loss"]);
  CHECK(epochs.back()["val_accuracy"] > 0.9);
  CHECK(epochs.back()["images_per_second"] > 0);
  REQUIRE(tests.size() == 1);
  CHECK(tests[0]["total"] == 100);
  CHECK(tests[0]["accuracy"] > 0.9);
  const std::string expected =
      fmt::format("test accuracy {:.4f} ({}/100) loss {:.4f}\n", tests[0]["accuracy"].get<double>(),
                  tests[0]["correct"].get<int>(), tests[0]["loss"].get<double>());
  CHECK(run.out == expected);

  const std::string config = read_file(directory / "config.toml");
  CHECK(config.find("\nhidden-size=16\n") != std::string::npos);
  CHECK(config.rfind("# scanline ", 0) == 0);
  CHECK(config.find("\nseed=1\n") != std::string::npos);
  CHECK(config.find("\ncheck-nan=true\n") != std::string::npos);
  CHECK(fs::exists(directory / "model.safetensors"));
  CHECK(fs::exists(directory / "best.safetensors"));
  for (const std::string& file : train::report_files()) CHECK(fs::exists(directory / file));
  CHECK(read_file(directory / "report.html").find("hidden-size=16") != std::string::npos);

  SECTION("eval agrees with the result line, as text and as JSON") {
    const test::Outcome text = run_scanline(space.path(), "eval runs/bilstm-1 --data data");
    CHECK(text.status == 0);
    CHECK(text.out.substr(text.out.rfind("test accuracy")) == expected);
    const test::Outcome json = run_scanline(space.path(), "eval runs/bilstm-1 --data data --json");
    REQUIRE(json.status == 0);
    const auto document = nlohmann::json::parse(json.out);
    CHECK(document["correct"] == tests[0]["correct"]);
    CHECK(document["confusion"].size() == 10);
    CHECK(document["classes"][3]["class"] == "3");
    CHECK(document["classes"][3]["support"] == 10);
    const test::Outcome held_out = run_scanline(
        space.path(), "eval runs/bilstm-1/model.safetensors --data data --split val --val-size 50");
    CHECK(held_out.out.find("val accuracy") != std::string::npos);
    CHECK(held_out.out.find("/50)") != std::string::npos);
  }
  SECTION("info names the tensors") {
    const test::Outcome info = run_scanline(space.path(), "info runs/bilstm-1");
    CHECK(info.status == 0);
    CHECK(info.out.find("lstm.weight_hh_l0_reverse") != std::string::npos);
    CHECK(info.out.find("(64, 28)") != std::string::npos);
  }
  SECTION("--init starts from the weights of another run") {
    const test::Outcome next = run_scanline(
        space.path(), quick + "--init runs/bilstm-1/model.safetensors --max-steps 1 --lr 1e-9");
    CHECK(next.status == 0);
    CHECK(next.out == run.out);
  }
}

TEST_CASE("eval saves logits, from which its accuracy follows") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), quick + "--max-steps 20 --out run").status == 0);
  const test::Outcome eval = run_scanline(
      space.path(), "eval run --data data --json --batch-size 7 --save-logits logits.safetensors");
  INFO(eval.err);
  REQUIRE(eval.status == 0);
  const auto document = nlohmann::json::parse(eval.out);
  const io::Safetensors saved = io::read_safetensors(space.path() / "logits.safetensors");
  const Array logits = saved.tensors.at("logits"), labels = saved.tensors.at("labels");
  const Index count = document["total"];
  REQUIRE(logits.shape() == Shape{count, 10});
  REQUIRE(labels.shape() == Shape{count});
  Index correct = 0;
  for (Index i = 0; i < count; ++i) {
    const float* row = logits.data<float>() + i * 10;
    correct += std::max_element(row, row + 10) - row == labels.data<std::int64_t>()[i] ? 1 : 0;
  }
  CHECK(document["correct"] == correct);
}

TEST_CASE("the same seed gives the same bytes on any number of threads") {
  const Workspace space;
  const std::vector<std::pair<std::string, int>> models_and_steps{
      {"bilstm", 30}, {"bigru", 30}, {"rnn", 30}, {"renet", 4}, {"mlp", 30}};
  for (const auto& [model, steps] : models_and_steps) {
    const std::string arguments =
        quick + fmt::format("--batch-size 70 --max-steps {} --dropout 0.2 --quiet --model {}",
                            steps, model);
    const auto weights = [&](const std::string& options) {
      // The batch is larger than the blocks that a layer cuts it into.
      REQUIRE(run_scanline(space.path(), arguments + options + " --out run --exist-ok").status ==
              0);
      return read_file(space.path() / "run/model.safetensors");
    };
    INFO(model);
    const std::string on_one = weights(" --threads 1");
    for (const char* threads : {"1", "2", "3", "8"})
      CHECK(weights(std::string(" --threads ") + threads) == on_one);
    CHECK(weights(" --seed 2") != on_one);
  }
}

TEST_CASE("training in bfloat16 is another one, and refused where the processor has none") {
  const Workspace space;
  const std::string run = quick + "--max-steps 5 --quiet --out run --exist-ok ";
  const test::Outcome refused =
      run_scanline(space.path(), run + "--precision bf16", "SCANLINE_KERNELS=baseline");
  CHECK(refused.status == 1);
  CHECK(is_one_line(refused.err));
  CHECK(refused.err.find("AVX512-BF16") != std::string::npos);

  REQUIRE(run_scanline(space.path(), run).status == 0);
  const std::string in_float32 = read_file(space.path() / "run/model.safetensors");
  const test::Outcome rounded = run_scanline(space.path(), run + "--precision bf16");
  if (rounded.status == 0)
    CHECK(read_file(space.path() / "run/model.safetensors") != in_float32);
  else
    CHECK(rounded.err == refused.err);
}

TEST_CASE("every optimizer and schedule trains") {
  const Workspace space;
  for (const std::string optimizer : {"sgd", "adam", "adamw", "rmsprop"}) {
    const std::string rate = optimizer == "sgd" ? "0.3" : optimizer == "rmsprop" ? "0.001" : "0.01";
    const test::Outcome run = run_scanline(
        space.path(), quick + "--model mlp --epochs 3 --optimizer " + optimizer + " --lr " + rate +
                          " --ema 0.5 --label-smoothing 0.05 --augment none --out " + optimizer);
    INFO(optimizer << ": " << run.err);
    REQUIRE(run.status == 0);
    CHECK(read_lines(space.path() / optimizer / "metrics.jsonl").back()["accuracy"] > 0.9);
  }
  // The learning rate that each schedule ends on, after 22 steps without warm-up.
  const std::vector<std::pair<std::string, double>> ends{{"constant", 0.01},
                                                         {"cosine", 5.1e-5},
                                                         {"onecycle", 4e-8},
                                                         {"step", 0.007},
                                                         {"plateau", 0.01}};
  for (const auto& [schedule, end] : ends) {
    const test::Outcome run = run_scanline(
        space.path(), quick +
                          "--model mlp --epochs 2 --lr 0.01 --warmup 0 --log-every 1 --schedule " +
                          schedule + " --out " + schedule);
    INFO(schedule << ": " << run.err);
    REQUIRE(run.status == 0);
    const auto records = read_lines(space.path() / schedule / "metrics.jsonl");
    const double last = records[records.size() - 3]["learning_rate"];
    CHECK(last == Approx(end).epsilon(0.02));
  }
}

TEST_CASE("progress goes to standard error, and results alone to standard output") {
  const Workspace space;
  const test::Outcome plain = run_scanline(space.path(), quick + "--max-steps 2");
  CHECK(plain.err.find("epoch 1/1") != std::string::npos);
  CHECK(plain.err.find('\r') == std::string::npos);
  const test::Outcome silent = run_scanline(space.path(), quick + "--max-steps 2 --quiet");
  CHECK(silent.err.empty());
  CHECK(is_one_line(silent.out));
  const test::Outcome bar = run_scanline(space.path(), quick + "--epochs 3 --progress bar");
  CHECK(bar.err.find("epoch 3/3  loss ") != std::string::npos);
}

TEST_CASE("run directories are numbered, and never overwritten unasked") {
  const Workspace space;
  const std::string mlp = quick + "--model mlp --max-steps 1 ";
  REQUIRE(run_scanline(space.path(), mlp).status == 0);
  REQUIRE(run_scanline(space.path(), mlp).status == 0);
  CHECK(fs::exists(space.path() / "runs/mlp-1/model.safetensors"));
  CHECK(fs::exists(space.path() / "runs/mlp-2/model.safetensors"));
  // No number is used again while a higher one is there.
  fs::create_directory(space.path() / "runs/mlp-9");
  fs::create_directory(space.path() / "runs/mlp-x7");
  REQUIRE(run_scanline(space.path(), mlp).status == 0);
  CHECK(fs::exists(space.path() / "runs/mlp-10/model.safetensors"));
  const test::Outcome refused = run_scanline(space.path(), mlp + "--out runs/mlp-1");
  CHECK(refused.status == 1);
  CHECK(refused.err.find("--exist-ok") != std::string::npos);
  // What a killed run left there goes; other people's files stay.
  const fs::path run = space.path() / "runs/mlp-1";
  for (const char* name : {"model.safetensors.77-0.tmp", "next.checkpoint", "mine.tmp"})
    std::ofstream(run / name) << "half of";
  CHECK(run_scanline(space.path(), mlp + "--out runs/mlp-1 --exist-ok").status == 0);
  CHECK_FALSE(fs::exists(run / "model.safetensors.77-0.tmp"));
  CHECK_FALSE(fs::exists(run / "next.checkpoint"));
  CHECK(fs::exists(run / "mine.tmp"));
}

TEST_CASE("bad input is said in one line, with status 1, and leaves no run behind") {
  const Workspace space;
  const fs::path data = space.path() / "data";
  const auto fails_with = [&](const std::string& arguments, const std::string& expected) {
    const test::Outcome outcome = run_scanline(space.path(), arguments);
    INFO(arguments << " -> " << outcome.err);
    CHECK(outcome.status == 1);
    CHECK(is_one_line(outcome.err));
    CHECK(outcome.err.find(expected) != std::string::npos);
    CHECK(outcome.out.empty());
    CHECK_FALSE(fs::exists(space.path() / "runs"));
  };
  SECTION("no data") { fails_with("train --data nowhere", "nowhere"); }
  SECTION("swapped files") {
    fs::rename(data / "train-images-idx3-ubyte", data / "aside");
    fs::rename(data / "train-labels-idx1-ubyte", data / "train-images-idx3-ubyte");
    fs::rename(data / "aside", data / "train-labels-idx1-ubyte");
    fails_with(quick, "train-images-idx3-ubyte");
  }
  SECTION("truncated file") {
    fs::resize_file(data / "t10k-images-idx3-ubyte", 1000);
    fails_with(quick, "t10k-images-idx3-ubyte");
  }
  SECTION("more validation images than there are") { fails_with(quick + "--val-size 400", "400"); }
  SECTION("weights of another network") {
    REQUIRE(run_scanline(space.path(), quick + "--model mlp --max-steps 1 --out mlp").status == 0);
    fails_with(quick + "--model bilstm --init mlp/model.safetensors", "missing");
  }
  SECTION("no model") { fails_with("eval nothing.safetensors --data data", "nothing.safetensors"); }
  SECTION("a model file that is none") {
    std::ofstream(space.path() / "junk.safetensors") << "this is not a model";
    fails_with("eval junk.safetensors --data data", "junk.safetensors");
    fails_with("info junk.safetensors", "junk.safetensors");
  }
  SECTION("a run directory without a model") {
    fails_with("info data", "run directory with a model");
  }
  SECTION("an output directory that cannot be made") {
    std::ofstream(space.path() / "file") << "in the way";
    fails_with(quick + "--out file/run", "file/run");
    fails_with(quick + "--out file", "file");
  }
}

TEST_CASE("names that cannot be looked up are said in one line") {
  const Workspace space;
  fs::create_symlink("loop", space.path() / "loop");
  const std::string train = "train --dataset mnist --data data --val-size 50 --max-steps 1 ";
  const std::string looped = "Too many levels of symbolic links\n";
  const auto check = [&](const std::string& arguments, const std::string& ending,
                         const std::string& prefix = "") {
    const test::Outcome outcome = run_scanline(space.path(), arguments, prefix);
    INFO(arguments << ": " << outcome.err);
    CHECK(outcome.status == 1);
    CHECK(is_one_line(outcome.err));
    CHECK(outcome.err.find("unexpected failure") == std::string::npos);
    CHECK(outcome.err.ends_with(ending));
  };
  for (const std::string arguments :
       {"info loop", "eval loop --data data", "predict loop x", "info loop/model.safetensors"})
    check(arguments, looped);
  check("info " + std::string(300, 'x'), "File name too long\n");
  check(train + "--out loop", looped);
  check(train + "--out " + std::string(300, 'x'), "File name too long\n");
  check(train + "--out run --init loop", looped);
  check(train + "--dry-run",
        "expected a directory for temporary files, found none: Not a directory\n",
        "TMPDIR=/dev/null");
}

TEST_CASE("a network that the machine has no memory for is refused before anything is done") {
  const Workspace space;
  const test::Outcome outcome =
      run_scanline(space.path(),
                   "train --dataset mnist --data data --val-size 50 --hidden-size 8192 --layers "
                   "100 --epochs 1 --out run");
  CHECK(outcome.status == 1);
  CHECK(is_one_line(outcome.err));
  // 16 bytes for each of them.
  CHECK_THAT(outcome.err,
             Catch::Matchers::StartsWith(
                 "scanline: bilstm with --dropout 0.1, --hidden-size 8192, --layers 100: ") &&
                 ContainsSubstring("found one of 160002637834 parameters, which takes 2560.0 GB"));
  CHECK(!fs::exists(space.path() / "run"));
}

TEST_CASE("a disk that is full from the start is said in one line, and leaves no run") {
  const Workspace space;
  // The shell's limit on file sizes fails writes as a full disk does; ignoring its signal turns it
  // into an error code. The model has about 40 KB, the limit lies at 16 blocks of 1 KB.
  const test::Outcome outcome =
      run_scanline(space.path(), quick + "--max-steps 1 --quiet --val-size 0 --out run",
                   "trap '' XFSZ; ulimit -f 16;");
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.err.find("run/next.checkpoint: cannot be written") != std::string::npos);
  // The first checkpoint is written before the first step, so there is no run to keep.
  CHECK_FALSE(fs::exists(space.path() / "run"));
}

TEST_CASE("a loss that is not finite stops the run") {
  const Workspace space;
  const test::Outcome outcome = run_scanline(
      space.path(), quick +
                        "--optimizer sgd --momentum 0 --lr 1000 --schedule constant --warmup 0 "
                        "--clip-norm 0 --weight-decay 1000 --epochs 20 --quiet");
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("step ") != std::string::npos);
}

TEST_CASE("a gradient that is not finite stops the run, and its parameter is named") {
  const Workspace space;
  const std::string mlp = quick + "--model mlp --max-steps 1 ";
  REQUIRE(run_scanline(space.path(), mlp + "--out start").status == 0);
  // Logits that are finite, of weights whose differences are not: small times huge.
  io::Safetensors model = io::read_safetensors(space.path() / "start/model.safetensors");
  for (auto& [name, array] : model.tensors)
    for (Index i = 0; i < array.size(); ++i) {
      float& weight = array.data<float>()[i];
      if (name.starts_with("layers.0.")) weight *= 1e-30F;
      if (name == "layers.3.weight") weight = weight > 0 ? 3e38F : -3e38F;
    }
  model.metadata.erase("crc32");  // of the tensors before
  io::write_safetensors(space.path() / "init", model);
  for (const std::string clip : {"--clip-norm 1", "--clip-norm 0"}) {
    const test::Outcome outcome =
        run_scanline(space.path(), mlp + "--quiet --init init --exist-ok --out run " + clip);
    INFO(outcome.err);
    CHECK(outcome.status == 1);
    CHECK(is_one_line(outcome.err));
    CHECK_THAT(
        outcome.err,
        Matches("scanline: step 1: the gradient of layers\\.0\\.(weight|bias) is not finite\n"));
    CHECK_FALSE(fs::exists(space.path() / "run/model.safetensors"));
  }
}

TEST_CASE("an option of a configuration that the run does not have is noted, whatever it does") {
  const Workspace space;
  std::ofstream(space.path() / "mine.toml") << "optimizer=\"adamw\"\nmomentum=0.5\n";
  const std::string note = "scanline: note: mine.toml: momentum is not an option of this run\n";
  const test::Outcome dumped = run_scanline(space.path(), "train --config mine.toml --dump-config");
  CHECK(dumped.err == note);
  CHECK(dumped.out.find("momentum") == std::string::npos);
  CHECK(run_scanline(space.path(), quick + "--config mine.toml --max-steps 1 --quiet").err == note);
}

TEST_CASE("the first line of a run says that the format of its data was detected") {
  const Workspace space;
  const std::string options = "train --data data --model mlp --max-steps 1 --val-size 50 ";
  CHECK_THAT(run_scanline(space.path(), options).err, ContainsSubstring(" on idx (detected), "));
  CHECK_THAT(run_scanline(space.path(), options + "--dataset idx").err,
             ContainsSubstring(" on idx, "));
}
