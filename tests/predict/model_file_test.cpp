#include "scanline/predict/model_file.hpp"

#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/io/checkpoint.hpp"
#include "scanline/framework/io/safetensors.hpp"
#include "scanline/framework/nn/init.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/read_file.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const models::Registry registry = models::built_in();

/// A model's tensors in a file without metadata, as PyTorch code writes it.
void write_bare(const fs::path& file, const NamedArrays& tensors) {
  io::write_safetensors(file, {tensors, {}});
}

std::string refusal(const fs::path& file) {
  try {
    load_model(file, registry);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a file without metadata is described by its tensors") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "weights.safetensors";
  for (const std::string kind : {"bilstm", "lstm", "bigru", "gru", "birnn", "rnn"}) {
    for (const Index layers : {1, 3}) {
      INFO(kind << " of " << layers << " layers");
      const auto network =
          registry.choose(kind, {{"hidden-size", "6"}, {"layers", std::to_string(layers)}})
              ->make({.columns = 5, .classes = 7});
      write_bare(file, network->state_dict());
      const LoadedModel loaded = load_model(file, registry);
      CHECK(loaded.description.model == kind);
      CHECK(loaded.description.options.at("hidden-size") == "6");
      CHECK(loaded.description.options.at("layers") == std::to_string(layers));
      CHECK(loaded.description.task.columns == 5);
      CHECK(loaded.description.class_names.size() == 7);
      CHECK(loaded.description.dataset.empty());
      CHECK_FALSE(loaded.description.knows_normalization);

      const NoGrad no_grad;
      network->eval();
      loaded.network->eval();
      const Tensor images(test::random_array({3, 5, 5}, 1, -1, 1, DType::float32));
      CHECK(test::distance(network->forward(images).value(),
                           loaded.network->forward(images).value()) == 0);
    }
  }
}

TEST_CASE("what is no model is refused with what was expected") {
  const test::TemporaryDirectory directory;
  const std::string expected =
      ": expected a run directory, or a .safetensors or .onnx file, found ";
  const auto write = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(directory.path() / name, std::ios::binary) << bytes;
    return directory.path() / name;
  };
  for (const std::string bytes :
       {"", "# Read me", "\x89PNG\r\n\x1a\n{IHDR", "a text of 20 letters"}) {
    const fs::path file = write("README.md", bytes);
    CHECK(refusal(file) == file.string() + expected + "another kind of file");
  }
  const fs::path none = directory.path() / "none.md";
  CHECK(refusal(none) == none.string() + expected + "none: No such file or directory");

  const auto network = registry.choose("gru", {{"hidden-size", "4"}})->make({});
  const fs::path other_name = directory.path() / "weights.bin";
  write_bare(other_name, network->state_dict());
  CHECK(refusal(other_name).empty());

  const fs::path checkpoint = directory.path() / "last.checkpoint";
  io::write_checkpoint(checkpoint, {{{"x", init::zeros({1})}}, {{"description", "{}"}}});
  CHECK(refusal(checkpoint) ==
        checkpoint.string() + expected + "a checkpoint; name its run directory instead");

  const fs::path run = directory.path() / "run";
  fs::create_directory(run);
  const std::string no_model = run.string() + ": expected a run directory with a model, found ";
  CHECK(refusal(run) == no_model + "none");
  write("run/last.checkpoint", "damaged");
  CHECK(refusal(run) == no_model + "damaged checkpoints only");
}

TEST_CASE("float64 weights load too") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "weights.safetensors";
  const auto network = registry.choose("gru", {{"hidden-size", "4"}})->make({});
  network->to(DType::float64);
  write_bare(file, network->state_dict());
  CHECK(load_model(file, registry).network->parameters().front().dtype() == DType::float32);
}

TEST_CASE("a model file in which any byte has changed is refused, or is the same model") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "model.safetensors";
  const models::ImageTask task{.rows = 2, .columns = 2, .classes = 2};
  const Settings options{{"hidden-size", "1"}, {"layers", "1"}, {"dropout", "0"}};
  const auto network = registry.choose("rnn", options)->make(task);
  save_model(file, *network,
             {.model = "rnn",
              .task = task,
              .options = options,
              .class_names = {"a", "b"},
              .dataset = "d",
              .version = "1"});
  const std::string bytes = test::read_file(file);
  int refused = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1 << i % 8);
    std::ofstream(file, std::ios::binary) << damaged;
    INFO("byte " << i << " of " << bytes.size());
    if (!refusal(file).empty()) {
      ++refused;
      continue;
    }
    // The checksum's own name, or the space after the header.
    const LoadedModel loaded = load_model(file, registry);
    CHECK(loaded.description.class_names == std::vector<std::string>{"a", "b"});
    CHECK(loaded.description.mean == 0);
    for (const auto& [name, array] : network->state_dict())
      CHECK(test::distance(loaded.network->state_dict().at(name), array) == 0);
  }
  CHECK(refused >= static_cast<int>(bytes.size()) - 12);
}

TEST_CASE("what a file says of its model is quoted in part, and without control characters") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "model.safetensors";
  std::map<std::string, std::string> metadata{
      {"model", "rnn"}, {"rows", "\033[2J"}, {"columns", "2"},     {"hidden_size", "1"},
      {"layers", "1"},  {"dropout", "0"},    {"dataset", "mnist"}, {"class_names", "[\n"}};
  const auto refused = [&](const std::string& reason) {
    io::write_safetensors(file, {{}, metadata});
    CHECK(refusal(file) == file.string() + ": " + reason);
  };
  refused("metadata 'rows': expected a number from 1 to 4096, found '\\x1b[2J'");
  metadata["rows"] = "2";
  refused("metadata 'class_names': expected a JSON list of names, found '[\\n'");
  metadata["class_names"] = std::string(2'000'000, 'x');
  refused("metadata 'class_names': expected a JSON list of names, found '" + std::string(200, 'x') +
          "...'");
  metadata["class_names"] = R"(["a"])";
  metadata["mean"] = metadata["standard_deviation"] = metadata["seed"] = metadata["version"] = "1";
  metadata["model"] = "r\033nn";
  refused(
      "there is no model 'r\\x1bnn' (did you mean rnn?); known are bilstm, rowcol, renet, lstm, "
      "bigru, gru, birnn, rnn, reader, cnn, transformer, mlp; a model of another program is read "
      "by "
      "that program");
  metadata["model"] = "rnn";
  metadata["hidden_size"] = "9999";
  refused("metadata 'hidden_size': expected a whole number from 1 to 8192, found '9999'");
}

TEST_CASE("a small file that describes a network of any size takes no memory for it") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "weights.safetensors";
  std::map<std::string, std::string> metadata{
      {"rows", "4096"},      {"columns", "4096"}, {"hidden_size", "8192"},
      {"layers", "100"},     {"dropout", "0"},    {"dataset", "mnist"},
      {"class_names", "[]"}, {"mean", "0"},       {"standard_deviation", "1"},
      {"seed", "1"},         {"version", "1"},    {"step_columns", "2"}};
  metadata["class_names"] = nlohmann::json(std::vector<std::string>(1000, "x")).dump();
  for (const models::Registry::Entry& model : registry) {
    INFO(model.name);
    metadata["model"] = model.name;
    io::write_safetensors(file, {{{"fc.weight", init::zeros({2, 2})}}, metadata});
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    const std::string text = refusal(file);
    getrusage(RUSAGE_SELF, &after);
    INFO(text);
    // The levels of these double in width, until there are no addresses for their elements.
    const bool doubles = model.name == "renet" || model.name == "cnn";
    CHECK(text.starts_with(file.string() + (doubles ? ": out of memory: "
                                                    : ": tensors do not fit the model: missing ")));
    CHECK(text.size() < 3000);
    CHECK(after.ru_maxrss - before.ru_maxrss < 50'000);  // KB
  }
  // Without metadata, a tensor without elements may stand for any number of classes.
  write_bare(file,
             {{"rnn.weight_ih_l0", init::zeros({8192, 1})}, {"fc.weight", init::zeros({8192, 0})}});
  CHECK(refusal(file).find("fc.weight (expected (8192, 8192), found (8192, 0))") !=
        std::string::npos);
}

TEST_CASE("a file without metadata that is no such model is refused with every tensor at fault") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "weights.safetensors";
  NamedArrays tensors = registry.choose("bilstm", {{"hidden-size", "4"}})->make({})->state_dict();

  tensors.erase("lstm.bias_hh_l0");
  tensors.erase("lstm.weight_hh_l0_reverse");
  tensors["lstm.bias_ih_l0"] = init::zeros({3});
  tensors["head"] = init::zeros({1});
  write_bare(file, tensors);
  CHECK(refusal(file) ==
        file.string() +
            ": tensors do not fit the model: missing lstm.bias_hh_l0, lstm.weight_hh_l0_reverse; "
            "unexpected head; misshapen lstm.bias_ih_l0 (expected (16,), found (3,))");

  tensors.erase("fc.weight");
  write_bare(file, tensors);
  CHECK(refusal(file) == file.string() +
                             ": without metadata that describe the model, expected a tensor "
                             "fc.weight, found none");
  write_bare(file, {{"weight", init::zeros({2, 2})}});
  CHECK(refusal(file) ==
        file.string() +
            ": without metadata that describe the model, expected a tensor lstm.weight_ih_l0, "
            "gru.weight_ih_l0 or rnn.weight_ih_l0, found none of them");
  write_bare(file, {{"gru.weight_ih_l0", init::zeros({2})}, {"fc.weight", init::zeros({2, 2})}});
  CHECK(refusal(file) == file.string() +
                             ": without metadata that describe the model, expected "
                             "gru.weight_ih_l0 to be a matrix, found (2,)");
  // A layer number that nobody has must not be asked for.
  write_bare(file, {{"rnn.weight_ih_l0", init::zeros({2, 2})},
                    {"rnn.weight_ih_l99999999", init::zeros({2, 2})},
                    {"fc.weight", init::zeros({2, 2})}});
  CHECK(refusal(file) ==
        file.string() + ": layers: expected a whole number from 1 to 100, found '100000000'");
}

TEST_CASE("a model file says how pictures are prepared and its dataset is read") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "model.safetensors";
  const models::ImageTask task{.rows = 2, .columns = 2, .classes = 2};
  const Settings options{{"hidden-size", "1"}, {"layers", "1"}, {"dropout", "0"}};
  const ModelDescription written{.model = "rnn",
                                 .task = task,
                                 .options = options,
                                 .class_names = {"a", "b"},
                                 .dataset = "idx",
                                 .dataset_options = {{"prefix", "\""}, {"transpose", "true"}},
                                 .preparation = datasets::PreparationKind::digit,
                                 .version = "1"};
  save_model(file, *registry.choose("rnn", options)->make(task), written);
  const ModelDescription read = load_model(file, registry).description;
  CHECK(read.dataset_options == written.dataset_options);
  CHECK(read.preparation == written.preparation);

  io::Safetensors content = io::read_safetensors(file);
  content.metadata.erase("crc32");
  const auto with = [&](const std::string& key, const std::string& value) {
    io::Safetensors changed = content;
    changed.metadata[key] = value;
    io::write_safetensors(file, changed);
    return refusal(file);
  };
  CHECK(with("prepare", "x") ==
        file.string() + ": metadata 'prepare': expected none or digit, found 'x'");
  for (const std::string damaged : {"", "[]", "{", "{\"a\":1}", "{\"a\":{}}"})
    CHECK(with("dataset_options", damaged) ==
          file.string() + ": metadata 'dataset_options': expected a JSON object of texts, found '" +
              damaged + "'");
}

TEST_CASE("files of former versions say nothing of the preparation") {
  using datasets::PreparationKind;
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "model.safetensors";
  const models::ImageTask task{.rows = 2, .columns = 2, .classes = 2};
  const Settings options{{"hidden-size", "1"}, {"layers", "1"}, {"dropout", "0"}};
  const auto network = registry.choose("rnn", options)->make(task);
  for (const auto& [dataset, preparation] :
       std::map<std::string, PreparationKind>{{"mnist", PreparationKind::digit},
                                              {"fashion-mnist", PreparationKind::digit},
                                              {"folder", PreparationKind::digit},
                                              {"idx", PreparationKind::none}}) {
    save_model(file, *network,
               {.model = "rnn",
                .task = task,
                .options = options,
                .class_names = {"a", "b"},
                .dataset = dataset,
                .version = "1"});
    io::Safetensors content = io::read_safetensors(file);
    for (const char* key : {"crc32", "prepare", "dataset_options"}) content.metadata.erase(key);
    io::write_safetensors(file, content);
    const ModelDescription read = load_model(file, registry).description;
    CHECK(read.preparation == preparation);
    CHECK(read.dataset_options.empty());
  }
  write_bare(file, network->state_dict());
  CHECK(load_model(file, registry).description.preparation == PreparationKind::digit);
}
