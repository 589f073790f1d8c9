#include "scanline/train/callbacks/clip_gradients.hpp"

#include <utility>

#include "scanline/framework/optim/clip.hpp"

namespace scanline::train {

void ClipGradients::Options::declare(Fields& fields) {
  fields.add("clip-norm", clip_norm, {0, 1e9},
             "Clip the global gradient norm to this value; 0: off");
}

ClipGradients::ClipGradients(const Options& options, std::vector<Tensor> parameters)
    : options_(options), parameters_(std::move(parameters)) {}

void ClipGradients::on_gradients_ready(Trainer&) {
  if (options_.clip_norm > 0) norm_ = optim::clip_grad_norm(parameters_, options_.clip_norm);
}

}  // namespace scanline::train
