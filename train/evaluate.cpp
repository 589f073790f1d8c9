#include "train/evaluate.hpp"

#include "framework/autograd/grad_mode.hpp"

namespace scanline::train {

Metrics evaluate(nn::Layer& network, const datasets::Loader& loader, Index classes) {
  const NoGrad no_grad;
  network.eval();
  Metrics metrics(classes);
  for (Index i = 0; i < loader.batch_count(); ++i) {
    const datasets::Batch batch = loader.batch(i);
    metrics.add(network.forward(Tensor(batch.images)).value(), batch.labels);
  }
  return metrics;
}

}  // namespace scanline::train
