#include "scanline/train/command_line.hpp"

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/train/run_scanline.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::is_one_line;
using test::run_scanline;
using test::Workspace;
namespace fs = std::filesystem;

TEST_CASE("wrong usage is said in one line, with status 2") {
  const Workspace space;
  struct Case {
    std::string arguments, expected;
  };
  const std::vector<Case> cases{
      {"--quiet", "unknown option '--quiet'"},
      {"help trian", "did you mean train?"},
      {"train --model blstm", "there is no model 'blstm' (did you mean bilstm?)"},
      {"train --dataset MNIST", "there is no dataset 'MNIST' (did you mean mnist?)"},
      {"train --optimizer adamx", "did you mean adam"},
      {"train --learning-rate 0.1", "did you mean --lr?"},
      {"train --early-stopping", "did you mean --patience?"},
      {"train --name x", "did you mean --out?"},
      {"train --amp", "did you mean --precision?"},
      {"trian", "did you mean train?"},
      {"train --epoch 3", "did you mean --epochs?"},
      {"train --hiden-size=3", "did you mean --hidden-size?"},
      {"train --resume runs/x --config y", "--config"},
      {"train --monitor speed", "speed"},
      {"train --keep-last 0", "--keep-last"},
      {"train --augment wild", "wild"},
      {"train extra", "unknown argument 'extra'"},
      {"train fast", "unknown argument 'fast' (did you mean --recipe fast?)"},
      {"train --lr nan", "found 'nan'"},
      {"train --lr inf", "found 'inf'"},
      {"train --lr 0", "--lr"},
      {"train --lr -1", "--lr"},
      {"train --epochs 0", "--epochs"},
      {"train --epochs 1e400", "--epochs"},
      {"train --epochs three", "--epochs"},
      {"train --batch-size 0", "--batch-size"},
      {"train --hidden-size 99999999999", "--hidden-size"},
      {"train --dropout 1", "--dropout"},
      {"train --ema 1", "--ema"},
      {"train --seed -1", "--seed"},
      {"train --model resnet", "resnet"},
      {"train --resume ''", "--resume"},
      {"train --init ''", "--init"},
      {"train --config ''", "--config"},
      {"train --out ''", "--out"},
      {"train --data ''", "--data"},
      {"train --recipe worst", "worst"},
      {"train --epochs", "scanline: --epochs: expected a value, found none\n"},
      {"eval",
       "scanline: eval: expected MODEL, found none (scanline help eval lists the arguments)\n"},
      {"eval --json", "eval: expected MODEL, found none"},
      {"predict model", "predict: expected INPUT, found none"},
      {"train --epochs --quiet", "--epochs: expected a value, found none"},
      {"eval ''", "MODEL"},
      {"eval model --data ''", "--data"},
      {"eval model --save-logits ''", "--save-logits"},
      {"predict '' x.png", "MODEL"},
      {"predict model ''", "INPUT"},
      {"info ''", "MODEL"},
      {"eval model --split all", "all"},
      {"info", "MODEL"},
  };
  for (const Case& wrong : cases) {
    const test::Outcome outcome = run_scanline(space.path(), wrong.arguments);
    INFO(wrong.arguments << " -> " << outcome.err);
    CHECK(outcome.status == 2);
    CHECK(is_one_line(outcome.err));
    CHECK(outcome.err.find(wrong.expected) != std::string::npos);
    CHECK(outcome.out.empty());
  }
}

TEST_CASE("an option whose value is missing does not take the next argument for it") {
  const Workspace space;
  for (const std::string command : {"train --out= --dry-run", "train --data= --quiet --dump-config",
                                    "eval run --batch-size= 5", "train --out="}) {
    const test::Outcome outcome = run_scanline(space.path(), command);
    INFO(command << ": " << outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find(": expected a value, found an empty text") != std::string::npos);
  }
  CHECK_FALSE(fs::exists(space.path() / "--dry-run"));
}

TEST_CASE("the examples are in the help of the program, and not in that of each subcommand") {
  const Workspace space;
  CHECK(run_scanline(space.path(), "help").out.find("Examples:") != std::string::npos);
  CHECK(run_scanline(space.path(), "eval --help").out.find("Examples:") == std::string::npos);
}

TEST_CASE("help fits a terminal of 80 columns") {
  const Workspace space;
  const std::string all = run_scanline(space.path(), "--help").out;
  CHECK(run_scanline(space.path(), "").out == all);
  CHECK(run_scanline(space.path(), "help").out == all);
  CHECK(all.find("scanline train --recipe fast") != std::string::npos);
  CHECK(run_scanline(space.path(), "-V").out == run_scanline(space.path(), "--version").out);
  const auto check_width = [](const std::string& help) {
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(line.size() <= 80);
    }
  };
  check_width(all);
  for (const std::string command : {"train", "eval", "predict", "info"}) {
    const test::Outcome help = run_scanline(space.path(), command + " --help");
    CHECK(help.status == 0);
    CHECK(run_scanline(space.path(), "help " + command).out == help.out);
    CHECK(all.find("  " + command + " ") != std::string::npos);
    check_width(help.out);
  }
  const std::string train = run_scanline(space.path(), "train --help").out;
  for (const char* text :
       {"\nData:\n", "\nModel:\n", "\nOptimization:\n", "\nRun:\n", "\nOutput:\n",
        "\nExperiments:\n", "  --lr X ", "Peak learning rate [0.003]",
        "Optimizer: sgd, adam, adamw, rmsprop [adamw]"})
    CHECK(train.find(text) != std::string::npos);
  CHECK(run_scanline(space.path(), "train --help").out.find("--label-smoothing") !=
        std::string::npos);
  CHECK(run_scanline(space.path(), "--version").out.find("scanline ") == 0);
}
