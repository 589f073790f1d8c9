#include "scanline/train/initial_weights.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/train/runs.hpp"

using namespace scanline;
using test::run_scanline;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

const models::Registry registry = models::built_in();

/// A network of random weights and its description.
struct Model {
  Model(const std::string& name, const models::ImageTask& task, const Settings& options,
        std::uint64_t seed)
      : description{.model = name,
                    .task = task,
                    .options = {},
                    .class_names = {},
                    .dataset = "d",
                    .version = "1"} {
    set_default_random_state({.seed = seed});
    const auto row = registry.choose(name, options);
    Fields fields;
    row->declare(fields);
    description.options = fields.settings();
    for (Index c = 0; c < task.classes; ++c) description.class_names.push_back(std::to_string(c));
    network = row->make(task);
  }
  NamedArrays copy() const {
    NamedArrays result;
    for (const auto& [name, array] : network->state_dict()) result.emplace(name, array.copy());
    return result;
  }
  ModelDescription description;
  std::unique_ptr<nn::Layer> network;
};

struct InitialWeights {
  fs::path save(const Model& model) const {
    const fs::path file = directory.path() / "init.safetensors";
    save_model(file, *model.network, model.description);
    return file;
  }
  std::vector<std::string> load(const Model& from, Model& to) const {
    return train::load_initial_weights(save(from), *to.network, to.description, registry);
  }
  std::string refusal(const Model& from, Model& to) const {
    try {
      load(from, to);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  test::TemporaryDirectory directory;
};

}  // namespace

TEST_CASE_METHOD(InitialWeights, "the weights of a model with the same classes are all taken") {
  const Model from("bilstm", {.classes = 4}, {{"hidden-size", "3"}}, 1);
  Model to("bilstm", {.classes = 4}, {{"hidden-size", "3"}}, 2);
  CHECK(load(from, to).empty());
  for (const auto& [name, array] : from.network->state_dict())
    CHECK(test::distance(to.network->state_dict().at(name), array) == 0);

  to.description.class_names = {"a", "b", "c", "d"};
  const std::vector<std::string> notes = load(from, to);
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Catch::Matchers::EndsWith(": the names of the classes differ: 0, 1, 2, 3 "
                                                 "in the file, a, b, c, d in the dataset"));
  // A recurrent model reads any number of rows.
  Model higher("bilstm", {.rows = 40, .classes = 4}, {{"hidden-size", "3"}}, 2);
  CHECK(load(from, higher).empty());
}

TEST_CASE_METHOD(InitialWeights,
                 "with another number of classes the head starts from random weights") {
  for (const std::string name : {"bilstm", "rowcol", "renet", "gru", "cnn", "transformer", "mlp"}) {
    const models::ImageTask task{.rows = 8, .columns = 8, .classes = 10}, other{8, 8, 26};
    const Model from(name, task, {{"hidden-size", "3"}}, 1);
    Model to(name, other, {{"hidden-size", "3"}}, 2);
    const NamedArrays before = to.copy();
    const std::vector<std::string> notes = load(from, to);
    const std::string head = name == "mlp" ? "layers.3" : "fc";
    INFO(name);
    REQUIRE(notes.size() == 1);
    CHECK_THAT(notes[0], Catch::Matchers::EndsWith(": the head (" + head + ".weight, " + head +
                                                   ".bias) starts from random weights: the file "
                                                   "has 10 classes, the dataset 26"));
    for (const auto& [tensor, array] : to.network->state_dict()) {
      const bool is_head = tensor.starts_with(head + ".");
      CHECK(test::distance(array, (is_head ? before : from.network->state_dict()).at(tensor)) == 0);
    }
  }
}

TEST_CASE_METHOD(InitialWeights,
                 "weights for images of another width, or of another model, are refused") {
  const Model from("bilstm", {.columns = 32}, {{"hidden-size", "3"}}, 1);
  Model to("bilstm", {}, {{"hidden-size", "3"}}, 2);
  const NamedArrays before = to.copy();
  CHECK_THAT(refusal(from, to),
             ContainsSubstring("init.safetensors: expected weights of a bilstm for images of 28x28 "
                               "pixels, found weights of a bilstm for images of 28x32 pixels; "
                               "tensors do not fit the model: misshapen lstm.weight_ih_l0 "));
  for (const auto& [name, array] : to.network->state_dict())
    CHECK(test::distance(array, before.at(name)) == 0);
  // So are those that fit neither in width nor in their classes.
  Model letters("bilstm", {.classes = 26}, {{"hidden-size", "3"}}, 2);
  CHECK_THAT(refusal(from, letters), ContainsSubstring("misshapen fc.bias"));
  Model gru("gru", {}, {{"hidden-size", "3"}}, 2);
  CHECK_THAT(refusal(from, gru), ContainsSubstring("expected weights of a gru for images of 28x28 "
                                                   "pixels, found weights of a bilstm"));
  Model wider("bilstm", {.columns = 32}, {{"hidden-size", "4"}}, 2);
  CHECK_THAT(refusal(from, wider), ContainsSubstring("init.safetensors: tensors do not fit"));
}

TEST_CASE_METHOD(InitialWeights, "damaged weights are refused") {
  const Model from("gru", {}, {{"hidden-size", "2"}}, 1);
  Model to("gru", {}, {{"hidden-size", "2"}}, 2);
  const fs::path file = save(from);
  test::damage(file);
  CHECK_THROWS_WITH(train::load_initial_weights(file, *to.network, to.description, registry),
                    ContainsSubstring("is damaged"));
}

TEST_CASE_METHOD(InitialWeights,
                 "the model and its options are found in a file, with or without metadata") {
  const Model from("bigru", {}, {{"hidden-size", "5"}, {"layers", "2"}, {"dropout", "0.25"}}, 1);
  const fs::path file = save(from);
  CHECK(train::initial_model(file, registry) ==
        Settings{{"model", "bigru"}, {"hidden-size", "5"}, {"layers", "2"}, {"dropout", "0.25"}});
  io::write_safetensors(file, {from.network->state_dict(), {}});
  CHECK(train::initial_model(file, registry) ==
        Settings{{"model", "bigru"}, {"hidden-size", "5"}, {"layers", "2"}});
  const Model mlp("mlp", {}, {{"hidden-size", "5"}}, 1);
  io::write_safetensors(file, {mlp.network->state_dict(), {}});
  CHECK(train::initial_model(file, registry).empty());
  CHECK_THROWS_AS(train::initial_model(directory.path() / "none", registry), Error);
}

TEST_CASE("the option init takes model and sizes from the file, and a new head for other classes") {
  const Workspace space;
  const std::string data = "train --data data --val-size 50 --max-steps 2 ";
  REQUIRE(run_scanline(space.path(), data + "--model gru --hidden-size 7 --layers 2 --out start")
              .status == 0);
  fs::create_directory(space.path() / "four");
  for (const std::string part : {"train", "t10k"}) {
    std::vector<std::uint8_t> labels;
    for (int i = 0; i < 80; ++i) labels.push_back(static_cast<std::uint8_t>(i % 4));
    test::write_idx(space.path() / "four" / (part + "-labels-idx1-ubyte"), {80}, labels);
    test::write_idx(space.path() / "four" / (part + "-images-idx3-ubyte"), {80, 28, 28},
                    std::vector<std::uint8_t>(80 * 28 * 28, 255));
  }
  const std::string tune =
      "train --dataset idx --data four --max-steps 2 --recipe best --init start "
      "--schedule constant --warmup 0 ";
  const test::Outcome run = run_scanline(space.path(), tune + "--out run");
  INFO(run.err);
  REQUIRE(run.status == 0);
  CHECK_THAT(run.err, ContainsSubstring(
                          "note: start/model.safetensors: the head (fc.weight, fc.bias) starts "
                          "from random weights: the file has 10 classes, the dataset 4"));
  const std::string config = test::read_file(space.path() / "run/config.toml");
  for (const std::string line :
       {"model=\"gru\"", "hidden-size=7", "layers=2", "augment=\"elastic\""})
    CHECK_THAT(config, ContainsSubstring("\n" + line + "\n"));
  // It goes on without the file that it started from.
  fs::rename(space.path() / "start", space.path() / "gone");
  const test::Outcome resumed = run_scanline(space.path(), "train --resume run --max-steps 4");
  INFO(resumed.err);
  CHECK(resumed.status == 0);
  fs::rename(space.path() / "gone", space.path() / "start");

  // Sizes that are given win, and do not fit.
  const test::Outcome wider = run_scanline(space.path(), tune + "--hidden-size 8 --out wider");
  CHECK(wider.status == 1);
  CHECK(test::is_one_line(wider.err));
  CHECK_THAT(wider.err, ContainsSubstring("tensors do not fit"));
  CHECK_FALSE(fs::exists(space.path() / "wider"));
  std::ofstream(space.path() / "c.toml") << "layers=1\n";
  CHECK_THAT(run_scanline(space.path(), "train --config c.toml --init start --dump-config").out,
             ContainsSubstring("\nlayers=1\n") && ContainsSubstring("\nhidden-size=7\n"));
  const std::string other = run_scanline(space.path(), tune + "--model lstm --dump-config").out;
  CHECK_THAT(other,
             ContainsSubstring("\nmodel=\"lstm\"\n") && ContainsSubstring("\nhidden-size=32\n"));
}
