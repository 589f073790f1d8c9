#include <memory>

#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/optim/sgd.hpp"
#include "tests/catch.hpp"
#include "tests/train/run_program.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::is_one_line;
using test::run_program;
using test::Workspace;

namespace {

/// A linear classifier, with an option of its own.
struct Flat : nn::Layer {
  struct Options {
    Index extra = 0;
    void declare(Fields& fields) { fields.add("extra", extra, {0, 9}, "Logits too many"); }
  };
  Flat(const models::ImageTask& task, const Options& options)
      : head(child<nn::Linear>("head", task.rows * task.columns, task.classes + options.extra)) {}
  Tensor forward(const Tensor& images) override {
    return head(reshape(images, {images.size(0), -1}));
  }
  nn::Linear& head;
};

struct Constant : nn::Layer {
  explicit Constant(const models::ImageTask& task) : classes(task.classes) {}
  Tensor forward(const Tensor& images) override {
    return Tensor(Array::zeros({images.size(0), classes}, DType::float32));
  }
  Index classes;
};

train::Catalogue catalogue() {
  train::Catalogue result = train::built_in();
  result.models.add(models::Registry::entry<Flat>("flat", "a linear classifier"));
  result.models.add(models::Registry::entry<Constant>("constant", "says the same of all images"));
  return result;
}

std::vector<std::string> training(const std::string& model) {
  return {"train", "--schedule", "constant", "--warmup",   "0",       "--data",
          "data",  "--dataset",  "mnist",    "--val-size", "50",      "--max-steps",
          "3",     "--out",      "run",      "--quiet",    "--model", model};
}

}  // namespace

TEST_CASE("an option of a model survives training, resume, eval and info, and --help shows it") {
  const Workspace space;
  const train::Catalogue own = catalogue();
  REQUIRE(run_program(own, space.path(), training("flat")).status == 0);
  const std::string config = test::read_file(space.path() / "run/config.toml");
  CHECK(config.find("\nextra=0\n") != std::string::npos);
  CHECK(config.find("hidden-size") == std::string::npos);
  CHECK(run_program(own, space.path(), {"info", "run"}).out.find("extra        0\n") !=
        std::string::npos);
  CHECK(run_program(own, space.path(), {"eval", "run"}).status == 0);
  CHECK(run_program(own, space.path(), {"train", "--resume", "run", "--max-steps", "5"}).status ==
        0);
  const test::Outcome changed =
      run_program(own, space.path(), {"train", "--resume", "run", "--extra", "1"});
  CHECK(changed.status == 2);
  CHECK(changed.err.find("--extra cannot change") != std::string::npos);
  const std::string help = run_program(own, space.path(), {"train", "--help"}).out;
  CHECK(help.find("--extra N") != std::string::npos);
  CHECK(help.find("Logits too many (flat)") != std::string::npos);

  // The program without that model shows what is in the file.
  const test::Outcome info = test::run_scanline(space.path(), "info run");
  CHECK(info.status == 0);
  CHECK(info.out.find("model        flat (unknown to this program") == 0);
  CHECK(info.out.find("head.weight") != std::string::npos);
  // A run of a program with another optimizer is evaluated by all that have its model.
  {
    struct Slow : optim::Sgd {
      struct Options {
        double slowness = 2;
        void declare(Fields& fields) { fields.add("slowness", slowness, {1, 9}, ""); }
      };
      Slow(std::vector<Tensor> parameters, double rate, const Options& options)
          : Sgd(std::move(parameters), rate / options.slowness) {}
    };
    train::Catalogue slow = train::built_in();
    slow.optimizers.add(slow.optimizers.entry<Slow>("slow", ""));
    std::vector<std::string> arguments = training("mlp");
    arguments.insert(arguments.end(), {"--optimizer", "slow", "--out", "slow"});
    REQUIRE(run_program(slow, space.path(), arguments).status == 0);
    CHECK(test::run_scanline(space.path(), "eval slow").status == 0);
  }
  const test::Outcome eval = test::run_scanline(space.path(), "eval run");
  CHECK(eval.status == 1);
  CHECK(is_one_line(eval.err));
}

TEST_CASE("an option that the chosen model does not have is refused") {
  const Workspace space;
  std::vector<std::string> arguments = training("bilstm");
  arguments.insert(arguments.end(), {"--extra", "1"});
  const test::Outcome outcome = run_program(catalogue(), space.path(), arguments);
  CHECK(outcome.status == 2);
  CHECK(outcome.err == "scanline: --extra: this is an option of --model flat\n");
}

TEST_CASE("a model that cannot be trained is refused before the first step, and leaves no run") {
  const Workspace space;
  const auto refused = [&](const train::Catalogue& own, std::vector<std::string> arguments) {
    const test::Outcome outcome = run_program(own, space.path(), arguments);
    CHECK(outcome.status != 0);
    CHECK_FALSE(std::filesystem::exists(space.path() / "run"));
    return outcome.err;
  };
  std::vector<std::string> arguments = training("flat");
  arguments.insert(arguments.end(), {"--extra", "2"});
  CHECK(refused(catalogue(), arguments) ==
        "scanline: flat: expected logits of shape (1, 10) for one image, found (1, 12)\n");
  CHECK(refused(catalogue(), training("constant")) ==
        "scanline: constant: expected a model with parameters to train, found none\n");
  train::Catalogue twice = catalogue();
  twice.models.add(models::Registry::entry<Flat>("mlp", "another one"));
  CHECK(refused(twice, training("mlp")) ==
        "scanline: --model: there are two models called 'mlp'\n");
}
