// Checkpoints: the file, and what it says of where the run stood. No mutation gets past the
// checksum, so the latter is taken from the lines of the input, "name=value".
#include "scanline/framework/io/checkpoint.hpp"

#include <sstream>
#include <string>
#include <vector>

#include "scanline/train/training.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace scanline;

namespace {

train::FoundSettings settings(const std::string& max_steps) {
  train::FoundSettings found;
  for (const auto& [name, value] : Settings{{"model", "mlp"},
                                            {"hidden-size", "1"},
                                            {"batch-size", "2"},
                                            {"epochs", "3"},
                                            {"max-steps", max_steps},
                                            {"schedule", "plateau"}})
    found[name] = {.text = value, .where = name};
  return found;
}

/// A run of two steps an epoch on four images.
struct Run {
  explicit Run(const std::string& max_steps) : options(catalogue, settings(max_steps)) {
    directory.begin("");
  }
  test::TemporaryDirectory scratch;
  datasets::Dataset images{.count = 4,
                           .rows = 2,
                           .columns = 2,
                           .pixels = std::vector<std::uint8_t>(16),
                           .labels = {0, 1, 0, 1},
                           .class_names = {"0", "1"}};
  datasets::Split split{.train = {0, 1, 2, 3}, .validation = {}};
  train::Catalogue catalogue = train::built_in();
  train::RunOptions options;
  ModelDescription description{.model = "mlp",
                               .task = {.rows = 2, .columns = 2, .classes = 2},
                               .options = {},
                               .class_names = {"0", "1"},
                               .dataset = "four",
                               .version = "1"};
  std::unique_ptr<nn::Layer> network = options.factory<models::Registry>().make(description.task);
  train::RunIdentity identity{{}, "", images, images};
  train::RunDirectory directory = train::RunDirectory::make(scratch.path() / "run", "mlp", false);
  train::Progress progress{train::ProgressKind::none};
  train::StopRequest stop;
  train::Training training{options,     options.common(), images,    split,    *network,
                           description, identity,         directory, progress, stop};
};

/// The checkpoint of such a run.
io::Safetensors saved() {
  Run run("3");
  run.training.trainer().run();
  return io::read_checkpoint(run.directory.checkpoint_files().front());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const io::Safetensors checkpoint = saved();
  static Run run("0");
  io::Safetensors changed = checkpoint;
  std::istringstream lines(std::string(reinterpret_cast<const char*>(bytes), size));
  for (std::string name, value; std::getline(lines, name, '=') && std::getline(lines, value);)
    changed.metadata[name] = value;
  return test::fuzz_file(bytes, size, [&](const auto& file) {
    try {
      io::read_checkpoint(file);
    } catch (const Error&) {
    }
    run.training.restore(file, changed);
  });
}
