#include "scanline/train/runs_table.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace scanline;
using namespace scanline::train;

namespace {

RunSummary summary(const std::string& name, const Settings& options, double val,
                   std::optional<double> test = {}) {
  RunSummary run{.name = name, .path = "runs/" + name, .options = options};
  run.epochs.push_back({.epoch = 1,
                        .train_loss = 1,
                        .train_accuracy = 0.5,
                        .val_loss = 1,
                        .val_accuracy = val,
                        .learning_rate = 0.1,
                        .seconds = 61,
                        .images_per_second = 1});
  if (test) {
    run.test = TestFigures{.accuracy = test, .loss = 0.1, .correct = 1, .total = 2};
    run.state = RunState::finished;
  }
  return run;
}

/// Two seeds of one set of options, and two other sets.
std::vector<RunSummary> four() {
  return {
      summary("lr=1,seed=1", {{"model", "lstm"}, {"recipe", "fast"}, {"lr", "1"}, {"seed", "1"}},
              0.5, 0.25),
      summary("lr=1,seed=10",
              {{"model", "lstm"},
               {"recipe", "fast"},
               {"lr", "1"},
               {"seed", "10"},
               {"threads", "2"},
               {"notes", "late"}},
              0.75, 0.75),
      summary("lr=2,seed=1", {{"model", "lstm"}, {"recipe", "fast"}, {"lr", "2"}, {"seed", "1"}},
              0.625),
      summary("other", {{"model", "gru"}, {"recipe", "fast"}, {"lr", "3"}, {"epochs", "9"}}, 0.25)};
}

std::vector<std::string> names(const std::vector<RunRow>& rows) {
  std::vector<std::string> result;
  for (const RunRow& row : rows) result.push_back(row.name);
  return result;
}

}  // namespace

TEST_CASE("rows show the options that differ between runs of one model and recipe") {
  const std::vector<RunRow> rows = rows_of(four());
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].options == "lr=1");
  CHECK(rows[1].options == "lr=1");
  CHECK(rows[2].options == "lr=2");
  CHECK(rows[3].options.empty());  // the only one of its model
  CHECK(rows[1].seed == "10");
  CHECK(rows[1].notes == "late");
  CHECK(rows[2].state == "interrupted");
  // An option that others do not have differs too.
  std::vector<RunSummary> runs = four();
  runs[0].options["momentum"] = "0.5";
  CHECK(rows_of(runs)[0].options == "lr=1 momentum=0.5");
}

TEST_CASE("a group has the runs that differ in the seed alone") {
  const std::vector<RunSummary> runs = four();
  const std::vector<RunRow> rows = grouped_rows(runs);
  REQUIRE(rows.size() == 3);
  CHECK(names(rows) == std::vector<std::string>{"lr=1", "lr=2,seed=1", "other"});
  CHECK(rows[0].runs == std::vector<std::size_t>{0, 1});
  CHECK(rows[0].test_accuracy.value == 0.5);
  CHECK(*rows[0].test_accuracy.deviation == Approx(std::sqrt(0.125)));
  CHECK(rows[0].state == "finished");
  CHECK(rows[0].options == "lr=1");
  CHECK_FALSE(rows[1].val_accuracy.deviation);
  CHECK_FALSE(rows[1].test_accuracy.value);
  const nlohmann::ordered_json list = rows_as_json(rows, runs, /*is_grouped=*/true);
  CHECK(list[0].at("runs") == std::vector<std::string>{"lr=1,seed=1", "lr=1,seed=10"});
  CHECK(list[0].at("count") == 2);
  CHECK(list[0].at("test_accuracy") == 0.5);
  CHECK(list[1].at("test_accuracy").is_null());
  // Nobody knows what runs without a configuration have in common.
  CHECK(grouped_rows({summary("a", {}, 0.5), summary("b", {}, 0.5)}).size() == 2);
}

TEST_CASE("groups whose runs have similar names are told apart") {
  std::vector<RunSummary> runs;
  for (int i = 1; i <= 4; ++i)
    runs.push_back(summary("lstm-" + std::to_string(i),
                           {{"lr", i <= 2 ? "1" : "2"}, {"seed", std::to_string(i)}}, 0.5));
  CHECK(names(grouped_rows(runs)) ==
        std::vector<std::string>{"lstm-1 and others", "lstm-3 and others"});
  runs.resize(2);
  CHECK(names(grouped_rows(runs)) == std::vector<std::string>{"lstm"});
}

TEST_CASE("options that are not given are not in the table, and others are legible at 80 columns") {
  std::vector<RunSummary> runs;
  for (const std::string data : {"", "/a/long/path/to/data/mnist"})
    runs.push_back(summary("bilstm-1",
                           {{"augment", "affine" + data},
                            {"data", data},
                            {"hidden-size", "64" + data},
                            {"model", "bilstm"},
                            {"recipe", "default"}},
                           0.5, 0.5));
  const std::vector<RunRow> rows = rows_of(runs);
  CHECK(rows[0].options == "augment=affine hidden-size=64");
  const std::string table = rows_as_text(rows, 80);
  CHECK(table.find("augment=affine hidden-size=64 ") != std::string::npos);
  CHECK(table.find('\n') <= 80);
}

TEST_CASE("rows are sorted, and what is not known comes last") {
  std::vector<RunRow> rows = rows_of(four());
  sort_rows(rows, "val");
  CHECK(names(rows) ==
        std::vector<std::string>{"lr=1,seed=10", "lr=2,seed=1", "lr=1,seed=1", "other"});
  sort_rows(rows, "test");
  CHECK(names(rows) ==
        std::vector<std::string>{"lr=1,seed=10", "lr=1,seed=1", "lr=2,seed=1", "other"});
  sort_rows(rows, "seed");
  CHECK(names(rows) ==
        std::vector<std::string>{"lr=1,seed=1", "lr=2,seed=1", "lr=1,seed=10", "other"});
  sort_rows(rows, "model");
  CHECK(names(rows).front() == "other");
  for (const std::string& key : sort_keys()) CHECK_NOTHROW(sort_rows(rows, key));
}

TEST_CASE("rows are text, CSV and JSON") {
  const std::vector<RunSummary> runs = four();
  const std::vector<RunRow> rows = rows_of(runs);
  CHECK(rows_as_text(rows, {}) ==
        "name          model  recipe  options  seed  epochs     val    test  time  state        "
        "notes\n"
        "lr=1,seed=1   lstm   fast    lr=1        1       1  0.5000  0.2500  1:01  finished\n"
        "lr=1,seed=10  lstm   fast    lr=1       10       1  0.7500  0.7500  1:01  finished     "
        "late\n"
        "lr=2,seed=1   lstm   fast    lr=2        1       1  0.6250          1:01  interrupted\n"
        "other         gru    fast                      1/9  0.2500          1:01  interrupted\n");
  const std::string narrow = rows_as_text(rows, 60);
  CHECK(narrow.find("lr=2") != std::string::npos);
  CHECK(narrow.find("0.7500") != std::string::npos);
  CHECK(narrow.find("recipe") == std::string::npos);
  const std::string csv = rows_as_csv(rows, /*is_grouped=*/false);
  CHECK(csv.starts_with(
      "name,model,recipe,options,seed,epochs_done,epochs,val_accuracy,test_accuracy,seconds,state,"
      "date,notes\n\"lr=1,seed=1\",lstm,fast,lr=1,1,1,,0.5,0.25,61.0,finished,,\n"));
  CHECK(rows_as_csv(grouped_rows(runs), /*is_grouped=*/true)
            .starts_with("name,model,recipe,options,count,epochs_done,epochs,val_accuracy,"
                         "val_deviation,test_accuracy,test_deviation,seconds,state,date,notes\n"
                         "lr=1,lstm,fast,lr=1,2,1,,0.625,0.17"));
  CHECK(rows_as_json(rows, runs, /*is_grouped=*/false)[1] == to_record(runs[1]));
  CHECK(rows_as_json({}, {}, /*is_grouped=*/false).dump() == "[]");
}
