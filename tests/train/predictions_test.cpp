#include "scanline/train/predictions.hpp"

#include <nlohmann/json.hpp>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"

using namespace scanline;
using train::to_answer;

namespace {

const std::vector<std::string> names{"a", "b,\"\n"};
const Prediction first{0, "a", {0.75f, 0.25f}}, second{1, "b,\"\n", {0.125f, 0.875f}};

/// Two predictions in a format.
std::string predictions(const std::string& format) {
  const auto text = train::make_prediction_format(format, names);
  std::string all = text->header();
  all += text->record("x.png", to_answer(first));
  all += text->record("my \"y\", z.png", to_answer(second));
  return all + text->footer();
}

}  // namespace

TEST_CASE("predictions are lines of text") {
  CHECK(predictions("text") ==
        "x.png  a  0.7500\n"
        "my \"y\", z.png  b,\"\\n  0.8750\n");
}

TEST_CASE("predictions are a CSV file with quoted fields") {
  CHECK(predictions("csv") ==
        "file,class,probability\n"
        "x.png,a,0.75\n"
        "\"my \"\"y\"\", z.png\",\"b,\"\"\\n\",0.875\n");
}

TEST_CASE("predictions are a JSON document") {
  const nlohmann::ordered_json document{
      {"classes", names},
      {"images",
       {{{"file", "x.png"}, {"class", "a"}, {"probabilities", {0.75, 0.25}}},
        {{"file", "my \"y\", z.png"}, {"class", names[1]}, {"probabilities", {0.125, 0.875}}}}}};
  CHECK(predictions("json") == document.dump(2) + "\n");
  const auto empty = train::make_prediction_format("json", names);
  CHECK(empty->header() + empty->footer() ==
        nlohmann::ordered_json{{"classes", names}, {"images", nlohmann::json::array()}}.dump(2) +
            "\n");
}

TEST_CASE("predictions are lines of JSON") {
  CHECK(predictions("jsonl") ==
        "{\"file\":\"x.png\",\"class\":\"a\",\"probability\":0.75,\"probabilities\":[0.75,0.25]}\n"
        "{\"file\":\"my \\\"y\\\", z.png\",\"class\":\"b,\\\"\\n\",\"probability\":0.875,"
        "\"probabilities\":[0.125,0.875]}\n");
}

TEST_CASE("predictions are a submission to Kaggle, which is complete or not there") {
  CHECK(predictions("kaggle") == "ImageId,Label\n1,a\n2,\"b,\"\"\\n\"\n");
  const auto text = train::make_prediction_format("kaggle", names);
  CHECK((text->header() + text->record("x.png", to_answer(first))).empty());
}

TEST_CASE("predictions have a format that is known") {
  for (const std::string& name : train::prediction_formats())
    CHECK(train::make_prediction_format(name, names) != nullptr);
  CHECK_THROWS_WITH(train::make_prediction_format("cvs", names),
                    ContainsSubstring("did you mean csv"));
}

TEST_CASE("digits of one picture say which of them they are") {
  train::Answer answer = to_answer(first);
  answer.box = datasets::Box{2.6, 1, 20, 11.2};
  answer.line = 2;
  answer.number = 3;
  answer.count = 4;
  const auto record = [&](const std::string& format) {
    return train::make_prediction_format(format, names)->record("x.png", answer);
  };
  CHECK(record("text") == "x.png  a  0.7500  digit 3 of 4\n");
  CHECK(record("csv") == "x.png,a,0.75\n");
  CHECK(record("jsonl") ==
        "{\"file\":\"x.png\",\"class\":\"a\",\"probability\":0.75,\"probabilities\":[0.75,0.25],"
        "\"box\":[1,3,11,20],\"line\":2,\"digit\":3,\"digit_count\":4}\n");
}

TEST_CASE("a line that was read has its digits") {
  train::Answer answer;
  answer.text = "47";
  answer.probability = 0.5;
  answer.box = datasets::Box{0, 0, 10, 30};
  answer.digits = {{"4", 0.75, {0, 0, 10, 12}}, {"7", 0.625, {1, 15, 10, 30}}};
  const auto record = [&](const std::string& format) {
    return train::make_prediction_format(format, names)->record("x.png", answer);
  };
  CHECK(record("text") == "x.png  47  0.5000\n");
  CHECK(nlohmann::json::parse(record("jsonl")) ==
        nlohmann::json{{"file", "x.png"},
                       {"class", "47"},
                       {"probability", 0.5},
                       {"box", {0, 0, 30, 10}},
                       {"line", 1},
                       {"digits",
                        {{{"class", "4"}, {"probability", 0.75}, {"box", {0, 0, 12, 10}}},
                         {{"class", "7"}, {"probability", 0.625}, {"box", {15, 1, 30, 10}}}}}});
}
