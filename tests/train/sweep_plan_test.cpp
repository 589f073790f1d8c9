#include "scanline/train/sweep_plan.hpp"

#include <fstream>
#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using namespace scanline::train;

namespace {

using Texts = std::vector<std::string>;

const Catalogue catalogue = built_in();
const PossibleOptions possible(catalogue);

Texts values(const std::string& option, const std::string& text) {
  return listed_values(*possible.fields().find(option), text);
}

SweepPlan plan(const SweepLists& lists) { return plan_sweep(catalogue, possible, lists); }

Texts names(const SweepLists& lists) {
  Texts result;
  for (const PlannedRun& run : plan(lists).runs) result.push_back(run.name);
  return result;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("values are listed with commas, and whole numbers as ranges") {
  CHECK(values("lr", "1e-3,0.03") == Texts{"0.001", "0.03"});
  CHECK(values("seed", "1..3,7") == Texts{"1", "2", "3", "7"});
  CHECK(values("seed", "18446744073709551614..18446744073709551615").size() == 2);
  CHECK(values("optimizer", "adamw,sgd") == Texts{"adamw", "sgd"});
  CHECK(values("check-nan", "true,false") == Texts{"true", "false"});
  CHECK(values("data", "a\\,b,../c") == Texts{"a,b", "../c"});
  CHECK(values("notes", "slow, steady") == Texts{"slow, steady"});
}

TEST_CASE("lists that are none are refused") {
  for (const char* text : {"1e-3,,3e-3", ",", "1e-3,"})
    CHECK_THROWS_WITH(values("lr", text), ContainsSubstring("--lr: expected values separated by"));
  CHECK_THROWS_WITH(values("lr", "1e-3,0.001"),
                    ContainsSubstring("--lr: expected each value once"));
  CHECK_THROWS_WITH(values("seed", "1..3,2"), ContainsSubstring("expected each value once"));
  for (const char* text : {"3..1", "1..x", "..", "-1..2", "1..999999", "1..2..3"})
    CHECK_THROWS_WITH(values("seed", text), ContainsSubstring("--seed: expected a range such as"));
}

TEST_CASE("a plan has every combination, the seeds of one following each other") {
  CHECK(names({{"seed", {"1", "2"}}, {"lr", {"0.1", "0.2"}}, {"epochs", {"3"}}}) ==
        Texts{"lr=0.1,seed=1", "lr=0.1,seed=2", "lr=0.2,seed=1", "lr=0.2,seed=2"});
  CHECK(names({{"epochs", {"3"}}}) == Texts{"run"});
  // Paths make names of files, all different.
  CHECK(names({{"dataset", {"mnist"}}, {"data", {"/a/b", "/a-b"}}}) ==
        Texts{"data=-a-b", "data=-a-b,2"});
  const SweepPlan two = plan({{"optimizer", {"adamw", "sgd"}}, {"threads", {"3"}}});
  CHECK(has_line(two.runs[0].config, "optimizer=\"adamw\""));
  CHECK(has_line(two.runs[1].config, "optimizer=\"sgd\""));
  CHECK(has_line(two.runs[1].config, "threads=3"));
  CHECK(two.runs[0].has_threads);
  CHECK_FALSE(plan({}).runs[0].has_threads);
}

TEST_CASE("values that cannot be combined are refused with the name of the run") {
  CHECK_THROWS_WITH(
      plan({{"optimizer", {"sgd", "adamw"}}, {"momentum", {"0.9"}}}),
      ContainsSubstring("optimizer=adamw: --momentum: this is an option of --optimizer"));
  CHECK_THROWS_WITH(plan({{"lr", {"0.1", "fast"}}}),
                    ContainsSubstring("lr=fast: --lr: expected a number"));
  CHECK_THROWS_WITH(plan({{"lr", {"fast"}}}), ContainsSubstring("--lr: expected a number"));
  SweepLists many;
  for (const char* option : {"seed", "hidden-size", "epochs"})
    for (int i = 1; i <= 50; ++i) many[option].push_back(std::to_string(i));
  CHECK_THROWS_AS(plan(many), UsageError);
}

TEST_CASE("the file of a sweep holds its values") {
  const test::TemporaryDirectory directory;
  const SweepLists lists{{"lr", {"0.1", "0.2"}}, {"data", {"a \"b\""}}};
  CHECK_THROWS_AS(read_sweep(directory.path()), Error);
  write_sweep(directory.path(), lists);
  CHECK(read_sweep(directory.path()) == lists);
  for (const char* damaged :
       {"", "{", "[]", R"({"options": {"lr": "1"}})", R"({"options": {"lr": []}})"}) {
    std::ofstream(sweep_file(directory.path())) << damaged;
    INFO(damaged);
    CHECK_THROWS_WITH(read_sweep(directory.path()), ContainsSubstring("sweep.json: expected"));
  }
  CHECK_THROWS_WITH(write_sweep(directory.path(), {{"data", {"\xff"}}}),
                    ContainsSubstring("UTF-8"));
}
