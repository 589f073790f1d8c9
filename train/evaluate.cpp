#include "train/evaluate.hpp"

#include "framework/autograd/grad_mode.hpp"

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

Metrics evaluate(nn::Layer& network, const datasets::Loader& loader, Index classes) {
  const Answers answers = answer_all(network, loader, classes);
  Metrics metrics(classes);
  metrics.add(answers.logits, answers.labels);
  return metrics;
}

}  // namespace scanline::train
