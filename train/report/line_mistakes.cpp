#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "scanline/train/report/detail/line_sheet.hpp"
#include "scanline/train/report/detail/mistakes.hpp"
#include "scanline/train/report/plot.hpp"

namespace scanline::train {
namespace {

/// The numbers of the lines that were read wrong, the most certain answers first; of equal ones the
/// first line.
std::vector<Index> find_mistakes(const LineAnswers& answers) {
  std::vector<Index> mistakes;
  for (std::size_t i = 0; i < answers.readings.size(); ++i)
    if (classes_of(answers.readings[i]) != answers.truths[i])
      mistakes.push_back(static_cast<Index>(i));
  const auto probability = [&](Index i) {
    return answers.readings[static_cast<std::size_t>(i)].probability;
  };
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [&](Index a, Index b) { return probability(a) > probability(b); });
  return mistakes;
}

}  // namespace

Picture worst_line_mistakes(const LineAnswers& answers, const datasets::Dataset& images,
                            const std::vector<Index>& positions) {
  std::vector<Index> mistakes = find_mistakes(answers);
  const std::size_t found = mistakes.size();
  mistakes.resize(std::min(found, most_mistakes));
  std::sort(mistakes.begin(), mistakes.end());
  const datasets::Loader loader(images, positions, {.batch_size = 100});
  const std::vector<LineImage> lines = find_lines(loader, mistakes);
  std::vector<std::string> captions;
  for (const Index i : mistakes) {
    const LineReading& line = answers.readings[static_cast<std::size_t>(i)];
    captions.push_back(
        fmt::format("true {}, said {} ({:.2f})",
                    text_of(answers.truths[static_cast<std::size_t>(i)], images.class_names),
                    text_of(classes_of(line), images.class_names), line.probability));
  }
  const std::string which =
      found > most_mistakes
          ? fmt::format("The {} most certain of {} mistakes", most_mistakes, found)
          : "Mistakes";
  return line_sheet(fmt::format("{} in {} lines", which, answers.readings.size()), lines, captions);
}

std::string line_mistakes_json(const LineAnswers& answers,
                               const std::vector<std::string>& class_names) {
  using Json = nlohmann::ordered_json;
  const std::vector<Index> mistakes = find_mistakes(answers);
  Json worst = Json::array();
  for (std::size_t i = 0; i < std::min(mistakes.size(), most_mistakes); ++i) {
    const auto number = static_cast<std::size_t>(mistakes[i]);
    const LineReading& line = answers.readings[number];
    worst.push_back({{"position", number},
                     {"truth", text_of(answers.truths[number], class_names)},
                     {"answer", text_of(classes_of(line), class_names)},
                     {"probability", line.probability}});
  }
  return mistakes_document(class_names, answers.readings.size(), mistakes.size(), worst);
}

}  // namespace scanline::train
