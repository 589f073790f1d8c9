#include "scanline/train/web/detail/api.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "tests/catch.hpp"
#include "tests/train/web/served.hpp"

using namespace scanline;
using nlohmann::json;
using test::picture_of_two;
using test::RunFolder;

TEST_CASE("a server that ends does not classify the pictures that wait for a model") {
  const RunFolder folder;
  const models::Registry registry = models::built_in();
  train::Api api(folder.path(), registry);
  const std::string picture = picture_of_two(folder);
  const auto predict = [&] {
    return api.predict("bilstm-1", std::as_bytes(std::span(picture)), false);
  };
  CHECK(predict().status == 200);
  api.end();
  CHECK(predict().status == 503);
  CHECK(predict().content == R"({"error":"the server is ending"})");
}

TEST_CASE("a run has a model as soon as one of the files is there that it can be read from") {
  const RunFolder folder;
  const models::Registry registry = models::built_in();
  const std::filesystem::path run = folder.path() / "bilstm-1";
  std::filesystem::remove(run / "model.safetensors");
  const auto models = [&] { return json::parse(train::Api(run, registry).models().content); };
  CHECK(models().empty());
  for (const char* name : {"previous.checkpoint", "last.checkpoint"}) {
    test::write_model_checkpoint(run / name, "bilstm");
    CHECK(models() == json{"bilstm-1"});
    const std::string picture = picture_of_two(folder);
    train::Api api(run, registry);
    CHECK(api.predict("", std::as_bytes(std::span(picture)), false).status == 200);
    std::filesystem::remove(run / name);
  }
  test::write_model(run / "best.safetensors", "bilstm");
  CHECK(models() == json{"bilstm-1"});
}
