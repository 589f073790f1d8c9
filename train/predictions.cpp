#include "scanline/train/predictions.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/core/suggest.hpp"
#include "scanline/train/text_table.hpp"

namespace scanline::train {
namespace {

using Json = nlohmann::ordered_json;

double winning_probability(const Prediction& prediction) {
  return prediction.probabilities[static_cast<std::size_t>(prediction.class_index)];
}

/// The JSON in lines if `indent` is not negative. A file's name need not be UTF-8. ASCII has no
/// characters that command a terminal but those that JSON escapes.
std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

class Text : public PredictionFormat {
 public:
  std::string record(const std::string& name, const Prediction& prediction) override {
    return fmt::format("{}  {}  {:.4f}\n", printable(name), printable(prediction.class_name),
                       winning_probability(prediction));
  }
};

class Csv : public PredictionFormat {
 public:
  std::string header() override { return "file,class,probability\n"; }
  std::string record(const std::string& name, const Prediction& prediction) override {
    return csv_line({printable(name), printable(prediction.class_name),
                     fmt::format("{:.6g}", winning_probability(prediction))});
  }
};

/// One document with an indentation of two spaces, whose records are written one by one.
class JsonDocument : public PredictionFormat {
 public:
  explicit JsonDocument(const std::vector<std::string>& class_names) : class_names_(class_names) {}

  std::string header() override {
    return "{\n  \"classes\": " + indented(dump(Json(class_names_), 2), 2) + ",\n  \"images\": [";
  }
  std::string record(const std::string& name, const Prediction& prediction) override {
    const Json record{{"file", name},
                      {"class", prediction.class_name},
                      {"probabilities", prediction.probabilities}};
    const std::string separator = is_empty_ ? "\n    " : ",\n    ";
    is_empty_ = false;
    return separator + indented(dump(record, 2), 4);
  }
  std::string footer() override { return is_empty_ ? "]\n}\n" : "\n  ]\n}\n"; }

 private:
  /// The text, all of whose lines but the first are moved to the right.
  static std::string indented(const std::string& text, std::size_t spaces) {
    std::string result;
    for (const char c : text) {
      result += c;
      if (c == '\n') result.append(spaces, ' ');
    }
    return result;
  }

  std::vector<std::string> class_names_;
  bool is_empty_ = true;
};

class JsonLines : public PredictionFormat {
 public:
  std::string record(const std::string& name, const Prediction& prediction) override {
    return dump({{"file", name},
                 {"class", prediction.class_name},
                 {"probability", winning_probability(prediction)},
                 {"probabilities", prediction.probabilities}},
                -1) +
           "\n";
  }
};

class Kaggle : public PredictionFormat {
 public:
  std::string record(const std::string&, const Prediction& prediction) override {
    ++count_;
    lines_ += csv_line({fmt::to_string(count_), printable(prediction.class_name)});
    return "";
  }
  std::string footer() override { return "ImageId,Label\n" + lines_; }

 private:
  Index count_ = 0;
  std::string lines_;
};

}  // namespace

std::vector<std::string> prediction_formats() { return {"text", "csv", "json", "jsonl", "kaggle"}; }

std::unique_ptr<PredictionFormat> make_prediction_format(
    const std::string& name, const std::vector<std::string>& class_names) {
  if (name == "text") return std::make_unique<Text>();
  if (name == "csv") return std::make_unique<Csv>();
  if (name == "json") return std::make_unique<JsonDocument>(class_names);
  if (name == "jsonl") return std::make_unique<JsonLines>();
  if (name == "kaggle") return std::make_unique<Kaggle>();
  throw Error(unknown_name("format", name, prediction_formats()));
}

}  // namespace scanline::train
