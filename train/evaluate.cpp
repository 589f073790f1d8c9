#include "scanline/train/evaluate.hpp"

#include <chrono>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/dist/all_sum.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/models/line_reader.hpp"

namespace scanline::train {
namespace {

/// Copies the rows that a rank has computed to all others.
void broadcast_rows(const dist::Communicator& ranks, const Array& values, Index begin, Index end,
                    int rank) {
  if (ranks.is_alone() || begin == end) return;
  dist::broadcast(ranks, values.rows(begin, end), rank);
}

}  // namespace

Answers answer_all(nn::Layer& network, const datasets::Loader& loader, Index classes,
                   const EvaluationObserver& observer, const dist::Communicator& ranks) {
  if (loader.has_lines() || models::reads_lines(network))
    throw Error("expected a model and a dataset of single images, found one of lines of digits");
  const NoGrad no_grad;
  network.eval();
  const Index count = loader.example_count();
  const Answers all{Array({count, classes}, DType::float32),
                    loader.has_labels() ? Array({count}, DType::int64) : Array()};
  const auto start = std::chrono::steady_clock::now();
  const auto first_batch = [&](int rank) { return loader.batch_count() * rank / ranks.size(); };
  const Index from = first_batch(ranks.rank()), to = first_batch(ranks.rank() + 1);
  const Index own_count = loader.example_count(from, to), first = loader.example_count(0, from);
  Index done = first;
  for (const datasets::Batch& batch : loader.epoch(0, from, to)) {
    const Index end = done + batch.images.shape()[0];
    all.logits.rows(done, end).assign(network.forward(Tensor(batch.images)).value());
    if (loader.has_labels()) all.labels.rows(done, end).assign(batch.labels);
    done = end;
    if (!observer) continue;
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    // The other ranks are about as far.
    observer(
        {.images = (done - first) * count / own_count, .count = count, .seconds = elapsed.count()});
  }
  for (int rank = 0; rank < ranks.size(); ++rank) {
    const Index begin = loader.example_count(0, first_batch(rank)),
                end = loader.example_count(0, first_batch(rank + 1));
    broadcast_rows(ranks, all.logits, begin, end, rank);
    if (loader.has_labels()) broadcast_rows(ranks, all.labels, begin, end, rank);
  }
  return all;
}

Answers answer_together(const std::vector<LoadedModel>& models, const datasets::Dataset& dataset,
                        const std::vector<Index>& positions,
                        const datasets::Normalization& otherwise, Index batch_size,
                        const ModelsObserver& observer) {
  const NoGrad no_grad;
  Answers answers;
  Tensor probabilities;  // summed, in float64, where even those of 1e-300 have a logarithm
  for (std::size_t m = 0; m < models.size(); ++m) {
    const LoadedModel& model = models[m];
    EvaluationObserver of_model;
    if (observer) of_model = [&](const EvaluationState& state) { observer(m, state); };
    const datasets::Loader loader(
        dataset, positions,
        {.batch_size = batch_size,
         .normalization = normalization_of(model.description, otherwise)});
    answers = answer_all(*model.network, loader, model.description.task.classes, of_model);
    if (models.size() == 1) return answers;
    const Tensor own = softmax(Tensor(answers.logits.to(DType::float64)), 1);
    probabilities = probabilities.defined() ? probabilities + own : own;
  }
  const Tensor averaged = probabilities / static_cast<double>(models.size());
  return {log(averaged).value().to(DType::float32), answers.labels};
}

Metrics evaluate(nn::Layer& network, const datasets::Loader& loader, Index classes,
                 const EvaluationObserver& observer, const dist::Communicator& ranks) {
  const Answers answers = answer_all(network, loader, classes, observer, ranks);
  Metrics metrics(classes);
  metrics.add(answers.logits, answers.labels);
  return metrics;
}

}  // namespace scanline::train
