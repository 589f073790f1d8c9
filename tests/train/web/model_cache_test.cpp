#include "scanline/train/web/detail/model_cache.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/catch.hpp"
#include "tests/train/web/served.hpp"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

/// A cache of two models, and a directory for models.
struct Cached {
  /// The name of the last class, by which models are told apart.
  std::string last_class(const std::string& name) {
    return cache.find(directory.path() / name)->description().class_names.at(2);
  }
  /// Writes a file anew that looks unchanged from outside.
  void replace_in_secret(const std::string& name, const std::string& last_class) const {
    const fs::path file = directory.path() / name;
    const auto time = fs::last_write_time(file);
    test::write_model(file, "mlp", last_class);
    fs::last_write_time(file, time);
  }

  test::TemporaryDirectory directory;
  models::Registry registry = models::built_in();
  train::ModelCache cache{registry, 2};
};

}  // namespace

TEST_CASE("the model that was used least recently makes room for another one") {
  Cached cached;
  const std::vector<std::string> names{"a.safetensors", "b.safetensors", "c.safetensors"};
  for (const std::string& name : names)
    test::write_model(cached.directory.path() / name, "mlp", "old");
  for (const int i : {0, 1, 0, 2})
    CHECK(cached.last_class(names[static_cast<std::size_t>(i)]) == "old");
  for (const std::string& name : names) cached.replace_in_secret(name, "new");
  CHECK(cached.last_class(names[0]) == "old");
  CHECK(cached.last_class(names[2]) == "old");
  CHECK(cached.last_class(names[1]) == "new");  // it had gone
  CHECK(cached.last_class(names[0]) == "new");  // it has gone now
}

TEST_CASE("a model is loaded again when its file has changed") {
  Cached cached;
  const fs::path run = cached.directory.path() / "run";
  fs::create_directory(run);
  // A file that is complete is read, and not what is looked for after it.
  test::write_model_checkpoint(run / "previous.checkpoint", "mlp", "first");
  CHECK(cached.last_class("run") == "first");
  test::write_model_checkpoint(run / "previous.checkpoint", "mlp", "the second of them");
  CHECK(cached.last_class("run") == "the second of them");
  std::ofstream(run / "last.checkpoint") << "damaged";
  CHECK(cached.last_class("run") == "the second of them");
  test::write_model_checkpoint(run / "previous.checkpoint", "mlp", "third");
  CHECK(cached.last_class("run") == "third");
  test::write_model(run / "model.safetensors", "mlp", "tested");
  CHECK(cached.last_class("run") == "tested");
}
