#include "scanline/train/data_summary.hpp"

#include <sstream>

#include "tests/catch.hpp"

using namespace scanline;
using train::DataSummary;

namespace {

DataSummary small() {
  const datasets::PartSummary training{.count = 8,
                                       .rows = 2,
                                       .columns = 3,
                                       .class_counts = {2, 6},
                                       .pixels = {0.25, 0.5},
                                       .repeated = {{4}, 1},
                                       .blank = {0, 1, 2, 3, 4, 5, 6}};
  const datasets::PartSummary test{.count = 2,
                                   .rows = 2,
                                   .columns = 3,
                                   .class_counts = {1, 1},
                                   .pixels = {0.5, 1},
                                   .repeated = {},
                                   .blank = {}};
  return {.dataset = "folder",
          .directory = "my\x1b pictures",
          .class_names = {"cat", "dog"},
          .part_names = {"train", "test"},
          .facts = {{training, test}, {{0, 1, {{0, 1}, 0}}}},
          .held_out = {{"test", {0, 1}}, {"val", {1, 1}}}};
}

}  // namespace

TEST_CASE("the facts about a dataset are a text") {
  CHECK(to_text(small()) ==
        "folder in my\\x1b pictures\n"
        "\n"
        "train: 8 images of 2x3 pixels\n"
        "  pixels     mean 0.2500, standard deviation 0.5000\n"
        "  classes    2\n"
        "  smallest   2 images of class cat\n"
        "  largest    6 images of class dog, 3.00 times as many\n"
        "  identical  1 image repeats an earlier one, 1 with ANOTHER LABEL\n"
        "             at 4\n"
        "  blank      7 images have only one grey level, at 0, 1, 2, 3, 4, ...\n"
        "  held out   1 for test, 2 for val, 5 left for training\n"
        "\n"
        "test: 2 images of 2x3 pixels\n"
        "  pixels     mean 0.5000, standard deviation 1.0000\n"
        "  classes    2 with 1 image each\n"
        "  identical  no image repeats an earlier one\n"
        "  identical  2 images are in train too, with the same label\n"
        "             at 0, 1\n"
        "  blank      no image has only one grey level\n"
        "\n"
        "class  train  for test  for val  test\n"
        "cat        2         0        1     1\n"
        "dog        6         1        1     1\n");
}

TEST_CASE("the facts about a dataset without labels are a text") {
  DataSummary summary = small();
  summary.facts.parts[0].class_counts.clear();
  summary.held_out.clear();
  const std::string text = to_text(summary);
  CHECK(text.find("  classes    no labels\n") != std::string::npos);
  CHECK(text.find("class  test\ncat       1\n") != std::string::npos);
  CHECK(text.find("held out") == std::string::npos);
}

TEST_CASE("the text has lines of at most 80 columns") {
  DataSummary summary = small();
  summary.class_names.clear();
  summary.facts.parts[0].class_counts.clear();
  for (Index c = 0; c < 100; ++c) {
    summary.class_names.push_back("class number " + std::to_string(c));
    summary.facts.parts[0].class_counts.push_back(100'000 + c);
  }
  summary.facts.parts[1].class_counts = summary.held_out[0].class_counts =
      summary.held_out[1].class_counts = summary.facts.parts[0].class_counts;
  std::istringstream text(to_text(summary));
  Index lines = 0;
  for (std::string line; std::getline(text, line); ++lines) CHECK(line.size() <= 80);
  CHECK(lines > 100);
}

TEST_CASE("the facts about a dataset are a JSON document") {
  const nlohmann::ordered_json document = to_json(small());
  CHECK(document["dataset"] == "folder");
  CHECK(document["class_names"] == std::vector<std::string>{"cat", "dog"});
  const auto& training = document["parts"][0];
  CHECK(training["part"] == "train");
  CHECK(training["images"] == 8);
  CHECK(training["rows"] == 2);
  CHECK(training["columns"] == 3);
  CHECK(training["mean"] == 0.25);
  CHECK(training["standard_deviation"] == 0.5);
  CHECK(training["classes"][1]["class"] == "dog");
  CHECK(training["classes"][1]["images"] == 6);
  CHECK(training["largest_to_smallest"] == 3);
  CHECK(training["repeated"]["images"] == 1);
  CHECK(training["repeated"]["other_label"] == 1);
  CHECK(training["repeated"]["first"] == std::vector<Index>{4});
  CHECK(training["blank"]["images"] == 7);
  CHECK(training["blank"]["first"].size() == 5);
  CHECK(document["shared"][0]["parts"] == std::vector<std::string>{"train", "test"});
  CHECK(document["shared"][0]["images"] == 2);
  CHECK(document["held_out"][1]["images"] == 2);
}
