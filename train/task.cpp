#include "scanline/train/task.hpp"

#include <algorithm>
#include <string>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/ctc_decode.hpp"
#include "scanline/models/line_reader.hpp"
#include "scanline/predict/line_reading.hpp"
#include "scanline/train/evaluate_lines.hpp"

namespace scanline::train {
namespace {

class Classification : public Task {
 public:
  Classification(nn::Layer& network, const Loss& loss, Index classes)
      : network_(network), loss_(loss), classes_(classes) {}

  Result run(const datasets::Batch& batch) override {
    const Tensor logits = network_.forward(Tensor(batch.images));
    return {loss_(logits, batch.labels), count_correct(logits.value(), batch.labels)};
  }
  Score evaluate(const datasets::Loader& loader, const EvaluationObserver& observer,
                 const dist::Communicator& ranks) override {
    return train::evaluate(network_, loader, classes_, observer, ranks).score();
  }

 private:
  static Index count_correct(const Array& logits, const Array& labels) {
    const Index classes = logits.shape()[1];
    Index correct = 0;
    for (Index i = 0; i < labels.size(); ++i) {
      const float* row = logits.data<float>() + i * classes;
      correct += std::max_element(row, row + classes) - row == labels.data<std::int64_t>()[i];
    }
    return correct;
  }

  nn::Layer& network_;
  const Loss& loss_;
  Index classes_;
};

class LineTask : public Task {
 public:
  LineTask(nn::Layer& network, models::LineReader& reader, const LineLoss& loss)
      : network_(network), reader_(reader), loss_(loss) {}

  Result run(const datasets::Batch& batch) override {
    const models::LineScores scores = reader_.read_lines(Tensor(batch.images), batch.widths);
    return {loss_(scores, batch.labels), count_correct(scores, batch.labels)};
  }
  Score evaluate(const datasets::Loader& loader, const EvaluationObserver& observer,
                 const dist::Communicator&) override {
    return score(read_all(network_, loader, observer));
  }

 private:
  static Index count_correct(const models::LineScores& scores, const Array& labels) {
    const Array logits = scores.logits.value();
    const std::vector<std::vector<Index>> read =
        ctc_greedy_labels(logits, scores.steps, /*blank=*/logits.shape()[2] - 1);
    Index correct = 0;
    for (std::size_t b = 0; b < read.size(); ++b)
      correct += read[b] == characters_of(labels, static_cast<Index>(b));
    return correct;
  }

  nn::Layer& network_;
  models::LineReader& reader_;
  const LineLoss& loss_;
};

/// @throws Error unless something is for lines where the examples are.
void check_kind(const std::string& what, bool is_for_lines, bool has_lines) {
  if (is_for_lines == has_lines) return;
  throw Error(has_lines ? what +
                              ": expected one for lines of digits, as --dataset numbers has "
                              "them (--model reader, --loss ctc), found one for single images"
                        : what +
                              ": expected one for single images, found one for lines of digits "
                              "(--dataset numbers)");
}

}  // namespace

std::unique_ptr<Task> make_task(nn::Layer& network, const Loss& loss, Index classes,
                                const datasets::Loader& loader) {
  auto* reader = dynamic_cast<models::LineReader*>(&network);
  const auto* line_loss = dynamic_cast<const LineLoss*>(&loss);
  check_kind("the model", reader != nullptr, loader.has_lines());
  check_kind("the loss", line_loss != nullptr, loader.has_lines());
  if (reader != nullptr) return std::make_unique<LineTask>(network, *reader, *line_loss);
  return std::make_unique<Classification>(network, loss, classes);
}

}  // namespace scanline::train
