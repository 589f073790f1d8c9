#include "scanline/train/run_options.hpp"

#include <fstream>

#include "scanline/train/config.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using train::FoundSettings;
using train::RunOptions;

namespace {

const train::Catalogue catalogue = train::built_in();
const train::PossibleOptions possible(catalogue);

FoundSettings arguments(const Settings& values) {
  FoundSettings found;
  for (const auto& [name, text] : values)
    found[name] = {.text = text, .where = "--" + name, .origin = train::Setting::Origin::argument};
  return found;
}

/// The options that these arguments come to.
Settings resolve(const Settings& values) {
  return RunOptions(catalogue, find_settings(catalogue, possible, arguments(values)))
      .fields()
      .settings();
}

}  // namespace

TEST_CASE("arguments win over a recipe among them, over the configuration, over its recipe") {
  const test::TemporaryDirectory directory;
  const std::string file = (directory.path() / "c.toml").string();
  std::ofstream(file) << "recipe=\"fast\"\nlr=0.5\nval-size=7\n";

  const Settings defaults = resolve({});
  CHECK(defaults.at("recipe") == "default");
  CHECK(defaults.at("lr") == "0.003");
  CHECK(defaults.at("hidden-size") == "128");
  const Settings configured = resolve({{"config", file}});
  CHECK(configured.at("hidden-size") == "64");
  CHECK(configured.at("lr") == "0.5");
  CHECK(configured.at("val-size") == "7");
  const Settings recipe = resolve({{"config", file}, {"recipe", "best"}});
  CHECK(recipe.at("model") == "renet");
  CHECK(recipe.at("lr") == "0.003");
  CHECK(recipe.at("val-size") == "7");
  const Settings all = resolve({{"config", file}, {"recipe", "best"}, {"lr", "0.25"}});
  CHECK(all.at("lr") == "0.25");
  CHECK(all.at("hidden-size") == "32");
}

TEST_CASE("a run has the options of the rows that it chooses") {
  CHECK(resolve({}).count("momentum") == 0);
  CHECK(resolve({}).at("beta2") == "0.99");
  const Settings sgd = resolve({{"optimizer", "sgd"}});
  CHECK(sgd.at("momentum") == "0.9");  // of the default recipe
  CHECK(sgd.count("beta2") == 0);
  CHECK_THROWS_WITH(resolve({{"momentum", "0.5"}}),
                    "--momentum: this is an option of --optimizer sgd, rmsprop");
  CHECK_THROWS_AS(resolve({{"momentum", "0.5"}}), train::UsageError);
}

TEST_CASE(
    "an option of a configuration that the chosen rows do not have is passed over and named") {
  const test::TemporaryDirectory directory;
  const std::string file = (directory.path() / "c.toml").string();
  std::ofstream(file) << "beta2=0.9\n";
  const RunOptions options(
      catalogue,
      find_settings(catalogue, possible, arguments({{"config", file}, {"optimizer", "sgd"}})));
  CHECK(options.unused() == std::vector<std::string>{file + ": beta2"});
}

TEST_CASE("an error names where the value was found, and says who is at fault") {
  const test::TemporaryDirectory directory;
  const std::string file = (directory.path() / "c.toml").string();
  std::ofstream(file) << "lr=0\n";
  const std::string expected = ": expected a number above 0 and at most 1000, found '0'";
  CHECK_THROWS_WITH(resolve({{"lr", "0"}}), "--lr" + expected);
  CHECK_THROWS_WITH(resolve({{"config", file}}), file + ": lr" + expected);
  CHECK_THROWS_AS(resolve({{"lr", "0"}}), train::UsageError);
  try {
    resolve({{"config", file}});
  } catch (const train::UsageError&) {
    FAIL("a bad file is not wrong usage");
  } catch (const Error&) {
  }
  std::ofstream(file) << "recipe=\"quick\"\n";
  CHECK_THROWS_WITH(resolve({{"config", file}}),
                    file +
                        ": recipe: there is no recipe 'quick'; known are default, fast, best, "
                        "numbers");
}

TEST_CASE("every option of the recipes is one that a run can have") {
  for (const auto& entry : catalogue.recipes)
    for (const auto& [name, text] : train::recipe_values(catalogue.recipes, entry.name)) {
      INFO(entry.name << ": " << name);
      CHECK(possible.fields().find(name) != nullptr);
    }
  train::Catalogue own = train::built_in();
  own.recipes.add(train::recipe("mine", "", {{"lrr", "1"}}));
  CHECK_THROWS_WITH(
      find_settings(own, train::PossibleOptions(own), arguments({{"recipe", "mine"}})),
      "recipe 'mine': there is no option 'lrr'");
}

TEST_CASE(
    "what a row says of other defaults counts before rows are chosen, more than the default recipe "
    "and less than another one") {
  struct NoImages : datasets::Source {
    explicit NoImages(const datasets::Request&) {}
    std::filesystem::path directory() const override { return {}; }
    datasets::Dataset read(datasets::Part) const override { return {}; }
  };
  train::Catalogue own = train::built_in();
  own.datasets.add(own.datasets.entry<NoImages>("nothing", "")
                       .with({{"loss", "mine"}, {"lr", "7"}, {"hold", "3"}, {"patience", "2"}}));
  own.losses.add(own.losses.entry<train::CrossEntropy>("mine", ""));
  const train::PossibleOptions all(own);
  const RunOptions options(own, arguments({{"dataset", "nothing"}}));
  CHECK(options.common().loss == "mine");
  CHECK(options.common().learning_rate == 7);
  CHECK(options.common().stopping.patience == 2);
  const RunOptions with_default(own, find_settings(own, all, arguments({{"dataset", "nothing"}})));
  CHECK(with_default.common().learning_rate == 7);
  CHECK(with_default.common().length.epochs == 24);
  const RunOptions with_recipe(
      own, find_settings(own, all, arguments({{"dataset", "nothing"}, {"recipe", "fast"}})));
  CHECK(with_recipe.common().learning_rate == 0.006);
  CHECK(with_recipe.common().loss == "mine");
  CHECK(with_recipe.common().stopping.patience == 2);
}

namespace {

/// A loss that declares this option.
template <class Declared>
struct Declares : train::Loss {
  using Options = Declared;
  explicit Declares(const Options&) {}
  Tensor operator()(const Tensor& logits, const Array&) const override { return logits; }
};

struct OfAllRuns {
  double value = 1;
  void declare(Fields& fields) { fields.add("batch-size", value, {0, 1}, ""); }
};

struct OfAnotherKind {
  bool value = false;
  void declare(Fields& fields) { fields.add("momentum", value, ""); }
};

struct NotStored {
  double value = 1;
  void declare(Fields& fields) { fields.add("mine", value, {0, 1}, "").not_stored(); }
};

struct Optional {
  std::optional<double> value;
  void declare(Fields& fields) { fields.add("size", value, {0, 9}, ""); }
};

template <class Declared>
train::Catalogue with_loss() {
  train::Catalogue own = train::built_in();
  own.losses.add(own.losses.entry<Declares<Declared>>("mine", ""));
  return own;
}

template <class Declared>
std::string refusal() {
  const train::Catalogue own = with_loss<Declared>();
  try {
    const train::PossibleOptions all(own);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a row cannot take an option of all runs, another kind, or one that is not stored") {
  CHECK(refusal<OfAllRuns>() == "loss mine: every run has an option batch-size already");
  CHECK(refusal<OfAnotherKind>() ==
        "loss mine: option momentum is declared elsewhere with values of another kind");
  CHECK(refusal<NotStored>() == "loss mine: its option mine has to be stored");
  CHECK(refusal<Optional>() == "accepted");
}

TEST_CASE("an option without a value is left out of a configuration, and read back as none") {
  const train::Catalogue own = with_loss<Optional>();
  const train::PossibleOptions all(own);
  const test::TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "c.toml";
  for (const Settings& values :
       {Settings{{"loss", "mine"}}, Settings{{"loss", "mine"}, {"size", "2"}}}) {
    const RunOptions before(own, arguments(values));
    std::ofstream(file) << train::to_config(before.fields());
    const RunOptions after(own, train::read_config(file, all.fields()));
    CHECK(after.fields().settings() == before.fields().settings());
    CHECK(after.fields().settings().count("size") == values.count("size"));
  }
}

TEST_CASE("the validation size depends on the dataset, and may be a fraction") {
  CHECK(resolve({}).at("val-size") == "5000");
  CHECK(resolve({{"dataset", "fashion-mnist"}}).at("val-size") == "5000");
  CHECK(resolve({{"dataset", "folder"}}).at("val-size") == "0.1");
  CHECK(resolve({{"dataset", "folder"}, {"val-size", "30"}}).at("val-size") == "30");
  CHECK_THROWS_WITH(resolve({{"val-size", "2.5"}}),
                    "--val-size: expected a whole number of images, or a fraction of them below 1, "
                    "found '2.5'");
}

TEST_CASE("without --dataset, the files at --data say which one it is") {
  const test::TemporaryDirectory directory;
  const std::string data = (directory.path() / "digits.csv").string();
  const std::string file = (directory.path() / "c.toml").string();
  std::ofstream(data) << "7,1\n";
  CHECK(resolve({}).at("dataset") == "mnist");
  const Settings detected = resolve({{"data", data}, {"label-column", "last"}});
  CHECK(detected.at("dataset") == "csv");
  CHECK(detected.at("val-size") == "0.1");
  CHECK(resolve({{"data", data}, {"dataset", "mnist"}}).at("dataset") == "mnist");
  std::ofstream(file) << "dataset=\"idx\"\n";
  CHECK(resolve({{"data", data}, {"config", file}}).at("dataset") == "idx");
  std::ofstream(file) << "data=\"" << data << "\"\n";
  CHECK(resolve({{"config", file}}).at("dataset") == "csv");
  CHECK_THROWS_WITH(resolve({{"data", file}}), ContainsSubstring("found none of them"));
}

TEST_CASE("pictures are prepared as digits where the dataset is MNIST") {
  CHECK(resolve({}).at("prepare") == "digit");
  for (const std::string dataset : {"fashion-mnist", "folder", "idx", "csv", "npz"})
    CHECK(resolve({{"dataset", dataset}}).at("prepare") == "none");
  CHECK(resolve({{"prepare", "none"}}).at("prepare") == "none");
  CHECK(resolve({{"image-size", "20x16"}}).at("image-size") == "20x16");
  CHECK_THROWS_WITH(resolve({{"image-size", "20x"}}),
                    "--image-size: expected HEIGHTxWIDTH with both from 1 to 4096, found '20x'");
  CHECK(resolve({}).at("test-size") == "0.1");
  CHECK_THROWS_WITH(resolve({{"test-size", "2.5"}}), ContainsSubstring("--test-size: expected"));
}

TEST_CASE("each option that only some rows have says so") {
  CHECK(possible.fields().find("momentum")->help == "Momentum (sgd, rmsprop)");
  CHECK(possible.fields().find("weight-decay")->help == "Weight decay");
  CHECK(possible.owners("momentum") == "--optimizer sgd, rmsprop");
  CHECK(possible.owners("epochs").empty());
  CHECK(possible.is_of_rows("momentum", "optimizer"));
  CHECK_FALSE(possible.is_of_rows("momentum", "schedule"));
  CHECK_FALSE(possible.is_of_rows("epochs", "optimizer"));
  // The help of other options mentions the choice.
  CHECK(possible.is_of_rows("transpose", "dataset"));
  CHECK_FALSE(possible.is_of_rows("data", "dataset"));
  CHECK(possible.fields().find("lr")->group == "Optimization");
}
