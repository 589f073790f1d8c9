#include "scanline/train/evaluate_lines.hpp"

#include <chrono>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/models/line_reader.hpp"
#include "scanline/train/losses.hpp"

namespace scanline::train {

LineAnswers read_all(nn::Layer& network, const datasets::Loader& loader,
                     const EvaluationObserver& observer) {
  auto* reader = dynamic_cast<models::LineReader*>(&network);
  if (reader == nullptr)
    throw Error("expected a model that reads lines, found one of single images");
  const NoGrad no_grad;
  network.eval();
  LineAnswers answers;
  const Ctc loss;
  const auto start = std::chrono::steady_clock::now();
  for (const datasets::Batch& batch : loader.epoch()) {
    const models::LineScores scores = reader->read_lines(Tensor(batch.images), batch.widths);
    for (LineReading& line : decode_lines(scores, reader->columns_per_step()))
      answers.readings.push_back(std::move(line));
    const Index count = batch.images.shape()[0];
    for (Index b = 0; b < count; ++b) answers.truths.push_back(characters_of(batch.labels, b));
    answers.loss += loss(scores, batch.labels).item() * static_cast<double>(count);
    if (!observer) continue;
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    observer({.images = static_cast<Index>(answers.readings.size()),
              .count = loader.example_count(),
              .seconds = elapsed.count()});
  }
  if (!answers.readings.empty()) answers.loss /= static_cast<double>(answers.readings.size());
  return answers;
}

Score score(const LineAnswers& answers) {
  Score result{.loss = answers.loss};
  Index edits = 0, characters = 0;
  for (std::size_t i = 0; i < answers.readings.size(); ++i) {
    const std::vector<Index>& truth = answers.truths[i];
    const Index distance = edit_distance(truth, classes_of(answers.readings[i]));
    result.correct += distance == 0 ? 1 : 0;
    edits += distance;
    characters += static_cast<Index>(truth.size());
    ++result.total;
  }
  result.digit_error =
      static_cast<double>(edits) / static_cast<double>(std::max<Index>(characters, 1));
  return result;
}

}  // namespace scanline::train
