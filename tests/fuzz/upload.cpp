// Pictures that are sent to the web server, which answers each, whatever it is.
#include <cstdlib>
#include <span>

#include "scanline/train/web/detail/api.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace scanline;

train::Api& api() {
  static const test::TemporaryDirectory directory;
  static const models::Registry registry = models::built_in();
  static train::Api served = [] {
    ModelDescription description;
    description.model = "lstm";
    description.options = {{"hidden-size", "4"}, {"layers", "1"}, {"dropout", "0"}};
    for (int name = 0; name < 10; ++name) description.class_names.push_back(std::to_string(name));
    const auto network = registry.choose("lstm", description.options)->make(description.task);
    const std::filesystem::path file = directory.path() / "model.safetensors";
    save_model(file, *network, description);
    return train::Api(file, registry);
  }();
  return served;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const train::Reply reply =
      api().predict("model.safetensors", std::as_bytes(std::span(bytes, size)), true);
  if (reply.status != 200 && reply.status != 400) std::abort();
  return 0;
}
