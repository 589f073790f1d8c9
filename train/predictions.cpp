#include "scanline/train/predictions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "scanline/datasets/digit.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/core/suggest.hpp"
#include "scanline/train/detail/answer_json.hpp"
#include "scanline/train/text_table.hpp"

namespace scanline::train {
namespace {

using Json = nlohmann::ordered_json;

/// What is added to a record to say which part of a picture it is about.
void add_place(Json& record, const Answer& answer) {
  if (answer.box) record["box"] = box_json(*answer.box);
  const bool is_line = answer.probabilities.empty();
  if (answer.count > 1 || is_line) record["line"] = answer.line;
  if (is_line) {
    record["digits"] = digits_json(answer.digits);
  } else if (answer.count > 1) {
    record["digit"] = answer.number;
    record["digit_count"] = answer.count;
  }
}

/// The JSON in lines if `indent` is not negative. A file's name need not be UTF-8. ASCII has no
/// characters that command a terminal but those that JSON escapes.
std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

/// Where a character is that the model has seen in a line: the boxes of digits that have their
/// middle between the middles of its neighbours, or else the columns between these. An image that
/// is no part of a picture is measured in its own pixels, and has no margins.
datasets::Box box_of(const LinePrediction& line, std::size_t position,
                     const datasets::PicturePart& part) {
  const datasets::Box whole = part.box.value_or(datasets::Box{
      0, 0, static_cast<double>(part.image.rows), static_cast<double>(part.image.columns)});
  const double margin = part.box ? static_cast<double>(datasets::line_margin(part.image.rows)) : 0;
  const double columns = static_cast<double>(part.image.columns) - 2 * margin;
  const auto middle = [&](std::size_t i) {
    const double column =
        static_cast<double>(line.characters[i].begin + line.characters[i].end) / 2 - margin;
    return whole.left + std::clamp(column / columns, 0.0, 1.0) * whole.width();
  };
  datasets::Box box = whole;
  if (position > 0) box.left = (middle(position - 1) + middle(position)) / 2;
  if (position + 1 < line.characters.size())
    box.right = (middle(position) + middle(position + 1)) / 2;
  std::optional<datasets::Box> found;
  for (const datasets::Box& digit : part.digits) {
    const double at = (digit.left + digit.right) / 2;
    if (at < box.left || at > box.right) continue;
    found = found ? united(*found, digit) : digit;
  }
  if (!found) return box;
  // Digits that touch each other were found as one.
  found->left = std::max(found->left, box.left);
  found->right = std::min(found->right, box.right);
  return *found;
}

/// Reads a line of a picture.
Answer read(const Predictor& predictor, const datasets::PicturePart& part) {
  const LinePrediction line = predictor.read_line(part.image);
  Answer answer{.text = line.text,
                .probability = line.probability,
                .probabilities = {},
                .box = {},
                .digits = {}};
  for (std::size_t i = 0; i < line.characters.size(); ++i)
    answer.digits.push_back(
        {line.characters[i].class_name, line.characters[i].probability, box_of(line, i, part)});
  return answer;
}

class Text : public PredictionFormat {
 public:
  std::string record(const std::string& name, const Answer& answer) override {
    const bool is_one_of_many = answer.count > 1 && !answer.probabilities.empty();
    return fmt::format(
        "{}  {}  {:.4f}{}\n", printable(name), printable(answer.text), answer.probability,
        is_one_of_many ? fmt::format("  digit {} of {}", answer.number, answer.count) : "");
  }
};

class Csv : public PredictionFormat {
 public:
  std::string header() override { return "file,class,probability\n"; }
  std::string record(const std::string& name, const Answer& answer) override {
    return csv_line(
        {printable(name), printable(answer.text), fmt::format("{:.6g}", answer.probability)});
  }
};

/// One document with an indentation of two spaces, whose records are written one by one.
class JsonDocument : public PredictionFormat {
 public:
  explicit JsonDocument(const std::vector<std::string>& class_names) : class_names_(class_names) {}

  std::string header() override {
    return "{\n  \"classes\": " + indented(dump(Json(class_names_), 2), 2) + ",\n  \"images\": [";
  }
  std::string record(const std::string& name, const Answer& answer) override {
    Json record{{"file", name}, {"class", answer.text}};
    if (answer.probabilities.empty())
      record["probability"] = answer.probability;
    else
      record["probabilities"] = answer.probabilities;
    add_place(record, answer);
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
  std::string record(const std::string& name, const Answer& answer) override {
    Json record{{"file", name}, {"class", answer.text}, {"probability", answer.probability}};
    if (!answer.probabilities.empty()) record["probabilities"] = answer.probabilities;
    add_place(record, answer);
    return dump(record, -1) + "\n";
  }
};

class Kaggle : public PredictionFormat {
 public:
  std::string record(const std::string&, const Answer& answer) override {
    ++count_;
    lines_ += csv_line({fmt::to_string(count_), printable(answer.text)});
    return "";
  }
  std::string footer() override { return "ImageId,Label\n" + lines_; }

 private:
  Index count_ = 0;
  std::string lines_;
};

}  // namespace

Answer to_answer(const Prediction& prediction) {
  return {.text = prediction.class_name,
          .probability = prediction.probabilities[static_cast<std::size_t>(prediction.class_index)],
          .probabilities = prediction.probabilities,
          .box = {},
          .digits = {}};
}

std::vector<Answer> answer(const Predictor& predictor,
                           const std::vector<datasets::PicturePart>& parts) {
  std::vector<Answer> answers;
  if (predictor.reads_lines()) {
    for (const datasets::PicturePart& part : parts) answers.push_back(read(predictor, part));
  } else {
    std::vector<datasets::Image> images;
    for (const datasets::PicturePart& part : parts) images.push_back(part.image);
    for (const Prediction& prediction : predictor.predict(images))
      answers.push_back(to_answer(prediction));
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    answers[i].box = parts[i].box;
    answers[i].line = parts[i].line;
  }
  return answers;
}

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
