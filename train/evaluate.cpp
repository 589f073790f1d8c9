#include "scanline/train/evaluate.hpp"

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/elementwise.hpp"

namespace scanline::train {

Answers answer_all(nn::Layer& network, const datasets::Loader& loader, Index classes) {
  const NoGrad no_grad;
  network.eval();
  const Answers all{Array({loader.example_count(), classes}, DType::float32),
                    Array({loader.example_count()}, DType::int64)};
  Index done = 0;
  for (Index i = 0; i < loader.batch_count(); ++i) {
    const datasets::Batch batch = loader.batch(i);
    const Index count = batch.labels.size();
    all.logits.rows(done, done + count).assign(network.forward(Tensor(batch.images)).value());
    all.labels.rows(done, done + count).assign(batch.labels);
    done += count;
  }
  return all;
}

Answers answer_together(const std::vector<LoadedModel>& models, datasets::ImageDataset images,
                        const std::vector<Index>& positions, Index batch_size) {
  const NoGrad no_grad;
  const double mean = images.mean, deviation = images.standard_deviation;
  Answers answers;
  Tensor probabilities;  // summed, in float64, where even those of 1e-300 have a logarithm
  for (const LoadedModel& model : models) {
    const bool knows = !model.description.dataset.empty();
    images.mean = knows ? model.description.mean : mean;
    images.standard_deviation = knows ? model.description.standard_deviation : deviation;
    const datasets::Loader loader(images, positions, {.batch_size = batch_size});
    answers = answer_all(*model.network, loader, model.description.task.classes);
    if (models.size() == 1) return answers;
    const Tensor own = softmax(Tensor(answers.logits.to(DType::float64)), 1);
    probabilities = probabilities.defined() ? probabilities + own : own;
  }
  const Tensor averaged = probabilities / static_cast<double>(models.size());
  return {log(averaged).value().to(DType::float32), answers.labels};
}

Metrics evaluate(nn::Layer& network, const datasets::Loader& loader, Index classes) {
  const Answers answers = answer_all(network, loader, classes);
  Metrics metrics(classes);
  metrics.add(answers.logits, answers.labels);
  return metrics;
}

}  // namespace scanline::train
