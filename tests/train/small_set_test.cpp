#include "scanline/train/small_set.hpp"

#include <string>
#include <vector>

#include "scanline/train/config.hpp"
#include "scanline/train/run_options.hpp"
#include "tests/catch.hpp"
#include "tests/train/runs.hpp"

using namespace scanline;
using test::run_scanline;
using train::FoundSettings;

namespace {

const train::Catalogue catalogue = train::built_in();
const train::PossibleOptions possible(catalogue);

/// What a run with these arguments does with so many training images.
struct Fitted {
  Fitted(Index images, const Settings& arguments) {
    FoundSettings given;
    for (const auto& [name, text] : arguments)
      given[name] = {
          .text = text, .where = "--" + name, .origin = train::Setting::Origin::argument};
    FoundSettings settings = find_settings(catalogue, possible, given);
    lines = fit_to_set(settings, train::RunOptions(catalogue, settings).common(), images);
    const train::RunOptions options(catalogue, settings);
    batch = options.common().batch_size;
    epochs = options.common().length.epochs;
  }
  std::vector<std::string> lines;
  Index batch = 0, epochs = 0;
};

}  // namespace

TEST_CASE("a large training set is trained on as the recipe says") {
  for (const std::string recipe : {"default", "fast", "best"}) {
    const Fitted mnist(55'000, {{"recipe", recipe}});
    CHECK(mnist.lines.empty());
    CHECK(mnist.batch == 128);
    CHECK(mnist.epochs == (recipe == "fast" ? 6 : 24));
  }
  const Fitted large_batches(55'000, {{"batch-size", "8192"}, {"accumulate", "10"}});
  CHECK(large_batches.lines.empty());
  CHECK(large_batches.epochs == 24);
}

TEST_CASE("a small training set has smaller batches and more epochs") {
  Index batch = 128, epochs = 24;
  for (const Index images : {4'500, 900, 180, 60, 5, 1}) {
    const Fitted small(images, {});
    INFO(images << " images: batch " << small.batch << ", epochs " << small.epochs);
    CHECK(small.batch <= batch);
    CHECK(small.epochs >= epochs);
    CHECK(small.batch >= 8);
    const Index steps = (images + small.batch - 1) / small.batch;
    CHECK((steps >= 20 || small.batch == 8));
    CHECK(small.lines.size() == 1);
    batch = small.batch;
    epochs = small.epochs;
  }
}

TEST_CASE("values that the user gave stay") {
  const Fitted both(180, {{"batch-size", "64"}, {"epochs", "3"}});
  CHECK(both.batch == 64);
  CHECK(both.epochs == 3);
  CHECK(both.lines.empty());
  CHECK(Fitted(180, {{"batch-size", "64"}}).epochs > 24);
  CHECK(Fitted(180, {{"epochs", "3"}}).batch == 8);
  for (const char* limit : {"max-steps", "max-time"})
    CHECK(Fitted(180, {{limit, "5"}}).epochs == 24);
  for (const char* cut : {"limit-train-batches", "overfit-batches"}) {
    const Fitted same(180, {{cut, "2"}});
    CHECK(same.batch == 128);
    CHECK(same.epochs == 24);
  }
  const Fitted larger(180, {{"batch-size", "512"}, {"epochs", "3"}});
  CHECK(larger.lines ==
        std::vector<std::string>{"note: --batch-size 512 is larger than the training set, so that "
                                 "an epoch is one step on 180 images"});
}

TEST_CASE("a recipe that names its dataset is taken as it is, on that dataset") {
  train::Catalogue own = train::built_in();
  own.recipes.add(train::recipe("mine", "", {{"dataset", "csv"}, {"epochs", "2"}}));
  const train::PossibleOptions all(own);
  FoundSettings given{
      {"recipe", {.text = "mine", .where = "", .origin = train::Setting::Origin::argument}}};
  FoundSettings settings = find_settings(own, all, given);
  CHECK(fit_to_set(settings, train::RunOptions(own, settings).common(), 180).empty());
  given["dataset"] = {.text = "idx", .where = "", .origin = train::Setting::Origin::argument};
  settings = find_settings(own, all, given);
  CHECK(fit_to_set(settings, train::RunOptions(own, settings).common(), 180).size() == 1);
}

TEST_CASE("what is used for a small set is said and stored, and resumed") {
  const test::Workspace space;
  const test::Outcome run =
      run_scanline(space.path(),
                   "train --data data --val-size 50 --hidden-size 4 --max-steps 6 "
                   "--schedule constant --warmup 0 --out run");
  INFO(run.err);
  REQUIRE(run.status == 0);
  CHECK_THAT(run.err, ContainsSubstring("350 training images are few, so the run uses "
                                        "--batch-size 16 instead of 128"));
  CHECK_THAT(test::read_file(space.path() / "run/config.toml"),
             ContainsSubstring("\nbatch-size=16\n") && ContainsSubstring("\nepochs=24\n"));
  const test::Outcome resumed =
      run_scanline(space.path(), "train --resume run --max-steps 9 --batch-size 16");
  INFO(resumed.err);
  CHECK(resumed.status == 0);
  CHECK(resumed.err.find("are few") == std::string::npos);
}
