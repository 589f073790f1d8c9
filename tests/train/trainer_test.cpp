#include "scanline/train/trainer.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/train/runs.hpp"
#include "tests/train/small_run.hpp"

using namespace scanline;
using test::check_same_run;
using test::read_lines;
using test::run_scanline;
using test::steady;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

/// Writes down what it is called for.
struct Recorder : train::Callback {
  void on_epoch_begin(train::Trainer& trainer) override {
    events.push_back(fmt::format("epoch {} begins", trainer.progress().epoch));
  }
  void on_gradients_ready(train::Trainer& trainer) override {
    events.push_back(fmt::format("gradients after {}", trainer.step()));
  }
  void on_step_end(train::Trainer& trainer) override {
    events.push_back(fmt::format("step {}", trainer.step()));
  }
  void on_validation_step(train::Trainer&, const train::EvaluationState& state) override {
    events.push_back(fmt::format("validated {}", state.images));
  }
  void on_epoch_end(train::Trainer& trainer, train::EpochFigures& figures) override {
    events.push_back(
        fmt::format("epoch {} ends{}", figures.epoch, trainer.is_epoch_complete() ? "" : " early"));
  }
  void on_checkpoint(train::Trainer&) override { events.emplace_back("checkpoint"); }
  void on_run_end(train::Trainer&) override { events.emplace_back("run ends"); }
  void swap_weights() override { events.emplace_back("swap"); }
  std::vector<std::string> events;
};

/// Takes the gradients away.
struct NoGradients : train::Callback {
  explicit NoGradients(std::vector<Tensor> all) : parameters(std::move(all)) {}
  void on_gradients_ready(train::Trainer&) override {
    for (const Tensor& parameter : parameters) parameter.zero_grad();
  }
  std::vector<Tensor> parameters;
};

/// Ends a run after some epochs.
struct Limit : train::Callback {
  explicit Limit(Index most) : epochs(most) {}
  void on_epoch_end(train::Trainer&, train::EpochFigures&) override { --epochs; }
  std::string stop_reason() const override { return epochs > 0 ? "" : "enough"; }
  void state(Archive& archive) override { archive.value("limit.epochs", epochs); }
  Index epochs;
};

}  // namespace

TEST_CASE("a trainer calls its callbacks at each point of a run") {
  test::SmallRun run;
  Recorder recorder;
  run.options.max_steps = 3;
  CHECK(run.trainer({&recorder}).run());
  CHECK(recorder.events == std::vector<std::string>{"checkpoint",
                                                    "epoch 1 begins",
                                                    "gradients after 0",
                                                    "step 1",
                                                    "gradients after 1",
                                                    "step 2",
                                                    "swap",
                                                    "validated 4",
                                                    "swap",
                                                    "epoch 1 ends",
                                                    "epoch 2 begins",
                                                    "gradients after 2",
                                                    "step 3",
                                                    "checkpoint",
                                                    "swap",
                                                    "validated 4",
                                                    "swap",
                                                    "epoch 2 ends early",
                                                    "swap",
                                                    "run ends"});
}

TEST_CASE("the optimizer uses the gradients that callbacks have changed") {
  test::SmallRun run;
  NoGradients none(run.network->parameters());
  const NamedArrays before = run.weights();
  run.trainer({&none}).run();
  CHECK(test::same(run.weights(), before));
  test::SmallRun free;
  free.trainer({}).run();
  CHECK_FALSE(test::same(free.weights(), before));
}

TEST_CASE("a callback can end a run") {
  test::SmallRun run;
  Limit limit(2);
  run.options.epochs = 5;
  train::Trainer& trainer = run.trainer({&limit});
  CHECK(trainer.run());
  CHECK(trainer.last_epoch() == 2);
  CHECK(trainer.step() == 4);
  CHECK(trainer.stop_reason() == "enough");
}

TEST_CASE("a trainer continues from a state to the same weights") {
  test::SmallRun whole;
  whole.options.epochs = 4;
  whole.trainer({}).run();
  for (const Index steps : {1, 2, 3, 6}) {
    test::SmallRun first, second;
    first.options.epochs = second.options.epochs = 4;
    first.options.max_steps = steps;
    first.trainer({}).run();
    Archive saved;
    first.trainer().state(saved);
    Archive loaded(saved.values(), saved.arrays());
    second.trainer({}).state(loaded);
    CHECK(second.trainer().step() == steps);
    second.trainer().run();
    INFO(steps << " steps");
    CHECK(test::same(second.weights(), whole.weights()));
  }
}

TEST_CASE("accumulated batches make the step of one batch of all their images") {
  // Three batches of two, two and one image, against one of five.
  const auto train = [](Index batch_size, Index accumulate, Recorder& recorder) {
    test::SmallRun run;
    run.images.count = 5;
    run.images.pixels.insert(run.images.pixels.end(), {90, 0, 40, 255});
    run.images.labels.push_back(1);
    const datasets::Loader loader(run.images, {0, 1, 2, 3, 4},
                                  {.batch_size = batch_size, .shuffle = true});
    run.options.accumulate = accumulate;
    run.options.epochs = 3;
    optim::ConstantSchedule schedule(
        {.learning_rate = 0.01, .total_steps = 3, .steps_per_epoch = 1});
    train::Trainer trainer(run.options, {.network = *run.network,
                                         .loss = run.loss,
                                         .optimizer = *run.optimizer,
                                         .schedule = schedule,
                                         .training = loader,
                                         .validation = run.validation,
                                         .classes = 2,
                                         .callbacks = {&recorder},
                                         .stop = test::SmallRun::stop()});
    CHECK(trainer.run());
    CHECK(trainer.step() == 3);
    return std::pair(run.weights(), trainer.loss());
  };
  Recorder events, same_events;
  const auto [whole, whole_loss] = train(5, 1, events);
  const auto [parts, parts_loss] = train(2, 3, same_events);
  for (const auto& [name, array] : whole)
    for (Index i = 0; i < array.size(); ++i)
      CHECK(parts.at(name).at(i) == Approx(array.at(i)).epsilon(1e-4).margin(1e-6));
  CHECK(parts_loss == Approx(whole_loss).epsilon(1e-5));
  CHECK(same_events.events == events.events);
}

TEST_CASE("a run that accumulates batches counts updates, and is resumed to the bit") {
  const Workspace space;
  // 11 batches an epoch make 3 steps.
  const std::string options = steady + "--accumulate 4 --epochs 3 --log-every 1 --save-every 1 ";
  REQUIRE(run_scanline(space.path(), options + "--out whole").status == 0);
  CHECK(read_lines(space.path() / "whole/metrics.jsonl").size() == 9 + 3 + 1);
  REQUIRE(run_scanline(space.path(), options + "--max-steps 4 --threads 1 --out cut").status == 0);
  CHECK(read_lines(space.path() / "cut/metrics.jsonl").size() == 4 + 2 + 1);
  REQUIRE(run_scanline(space.path(), "train --resume cut --max-steps 0").status == 0);
  check_same_run(space.path() / "whole", space.path() / "cut");
  const test::Outcome dry = run_scanline(space.path(), options + "--dry-run");
  CHECK_THAT(dry.err, ContainsSubstring("the whole run of 9 steps will take about "));
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
  CHECK(alone.status == 2);
  CHECK(alone.err == "scanline: --finish: expected --resume with the run to finish, found none\n");
}

TEST_CASE("a few batches can be learned by heart") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), steady + "--overfit-batches 1 --augment none --hidden-size 16 "
                                              "--lr 0.03 --dropout 0 --epochs 200 --out run")
              .status == 0);
  const auto records = read_lines(space.path() / "run/metrics.jsonl");
  CHECK(records[records.size() - 2]["train_accuracy"] == 1.0);
}
