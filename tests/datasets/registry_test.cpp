#include "scanline/datasets/registry.hpp"

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/tiny_dataset.hpp"

using namespace scanline;
using datasets::Dataset;
using datasets::Part;
using datasets::Request;
using datasets::Sources;

namespace {

/// What a program of one's own may add: images that it draws itself, with as many classes as an
/// option says.
struct Bars : datasets::Source {
  struct Options {
    Index bars = 300;
    void declare(Fields& fields) { fields.add("bars", bars, {2, 65'536}, "Classes"); }
  };
  Bars(const Request& request, const Options& options)
      : directory_(request.directory), bars_(options.bars) {}
  std::filesystem::path directory() const override { return directory_; }

  std::filesystem::path directory_;
  Index bars_;

 private:
  Dataset read(Part part) const override {
    Dataset dataset{.name = "bars", .count = bars_, .rows = 1, .columns = 2};
    for (Index i = 0; i < bars_; ++i) {
      dataset.pixels.push_back(static_cast<std::uint8_t>(i % 256));
      dataset.pixels.push_back(static_cast<std::uint8_t>(i / 256));
      dataset.labels.push_back(static_cast<datasets::Label>(i));
      dataset.class_names.push_back(std::to_string(i));
    }
    if (part == Part::test) dataset.labels.clear();
    return dataset;
  }
};

}  // namespace

TEST_CASE("datasets are made by name") {
  const Sources table = datasets::built_in();
  CHECK(table.names() == std::vector<std::string>{"mnist", "fashion-mnist", "folder", "idx", "csv",
                                                  "npz", "numbers"});
  const test::TemporaryDirectory directory;
  test::write_tiny_mnist(directory.path(), 30, 20);
  const auto source = table.find("fashion-mnist").choose()->make({.directory = directory.path()});
  CHECK(source->directory() == directory.path());
  CHECK(source->load(Part::test).name == "fashion-mnist");
  CHECK_THROWS_WITH(table.find("mnits"), ContainsSubstring("did you mean mnist?"));
}

TEST_CASE("a program adds a dataset of its own, with options and more than 256 classes") {
  Sources table = datasets::built_in();
  table.add(Sources::entry<Bars>("bars", "Bars, for a start"));
  const auto factory = table.find("bars").choose();
  CHECK(factory->make({})->load(Part::train).count == 300);
  Fields fields;
  factory->declare(fields);
  fields.find("bars")->read("65536");
  const auto source = factory->make({.directory = "here"});
  CHECK(source->directory() == "here");
  CHECK_FALSE(source->normalization());
  const Dataset dataset = source->load(Part::train);
  CHECK(dataset.labels.back() == 65'535);
  CHECK(dataset.class_names[dataset.labels.back()] == "65535");
  CHECK(source->load(Part::test).labels.empty());
}
