#include "scanline/train/callbacks/metrics_log.hpp"

#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/small_run.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;

TEST_CASE("the log has a record of each epoch, and of every N-th step where it is asked for") {
  const test::TemporaryDirectory directory;
  for (const Index every : {0, 3}) {
    train::RunLog log(directory.path());
    log.start();
    test::SmallRun run;
    train::MetricsLog callback({.log_every = every}, log);
    run.options.epochs = 3;
    run.trainer({&callback}).run();
    std::vector<std::string> found;
    for (const auto& record : test::read_lines(directory.path() / "metrics.jsonl"))
      found.push_back(record["kind"].get<std::string>() + " " +
                      record[record["kind"].get<std::string>()].dump());
    CHECK(log.epochs().size() == 3);
    CHECK(log.epochs().back().learning_rate == 0.01);
    if (every == 0)
      CHECK(found == std::vector<std::string>{"epoch 1", "epoch 2", "epoch 3"});
    else
      CHECK(found == std::vector<std::string>{"epoch 1", "step 3", "epoch 2", "step 6", "epoch 3"});
  }
}
