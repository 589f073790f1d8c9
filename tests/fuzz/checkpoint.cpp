// Checkpoints: the file, and what it says of where the run stood. No mutation gets past the
// checksum, so the latter is taken from the input as it is.
#include "scanline/framework/io/checkpoint.hpp"

#include "scanline/models/registry.hpp"
#include "scanline/train/trainer.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace scanline;

namespace {

/// A run of two steps an epoch on four images.
struct Run {
  Run() {
    images.count = 4;
    images.rows = images.columns = 2;
    images.pixels.resize(16);
    images.labels = {0, 1, 0, 1};
    images.class_names = {"0", "1"};
    options.batch_size = 2;
    options.epochs = 3;
    options.schedule = "plateau";
    options.warmup = 0;
    options.quiet = true;
  }
  test::TemporaryDirectory scratch;
  datasets::Dataset images;
  datasets::Split split{.train = {0, 1, 2, 3}, .validation = {}};
  train::TrainOptions options;
  train::ModelDescription description{.model = "mlp",
                                      .task = {.rows = 2, .columns = 2, .classes = 2},
                                      .options = {{"hidden-size", "1"}},
                                      .class_names = {"0", "1"},
                                      .dataset = "four",
                                      .version = "1"};
  std::unique_ptr<nn::Layer> network =
      models::built_in().choose("mlp", description.options)->make(description.task);
  train::RunIdentity identity{{}, "", images, images};
  train::RunDirectory directory =
      train::RunDirectory::make(scratch.path() / "run", "mlp", false, "");
  train::Progress progress{train::ProgressKind::none};
  train::StopRequest stop;
  train::Trainer trainer{options,  images,    split,    *network, description,
                         identity, directory, progress, stop};
};

/// The checkpoint of such a run.
io::Safetensors saved() {
  Run run;
  run.options.max_steps = 3;
  train::Trainer trainer(run.options, run.images, run.split, *run.network, run.description,
                         run.identity, run.directory, run.progress, run.stop);
  trainer.run();
  return io::read_checkpoint(run.directory.checkpoint_files().front());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static io::Safetensors checkpoint = saved();
  static Run run;
  checkpoint.metadata["trainer"] = std::string(reinterpret_cast<const char*>(bytes), size);
  return test::fuzz_file(bytes, size, [](const auto& file) {
    try {
      io::read_checkpoint(file);
    } catch (const Error&) {
    }
    run.trainer.restore(file, checkpoint);
  });
}
