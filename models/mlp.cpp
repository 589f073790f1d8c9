#include "scanline/models/mlp.hpp"

#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline::models {

Mlp::Mlp(const ImageTask& task, const Options& options) : layers_(child<nn::Sequential>("layers")) {
  Index features = task.rows * task.columns;
  for (Index layer = 0; layer < options.layers; ++layer) {
    layers_.add<nn::Linear>(features, options.hidden_size);
    layers_.add(relu);
    layers_.add<nn::Dropout>(options.dropout);
    features = options.hidden_size;
  }
  layers_.add<nn::Linear>(features, task.classes);
}

Tensor Mlp::forward(const Tensor& images) {
  return layers_(reshape(images, {images.size(0), images.size(1) * images.size(2)}));
}

}  // namespace scanline::models
