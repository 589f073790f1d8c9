#include "scanline/models/cnn.hpp"

#include "scanline/framework/nn/batch_norm.hpp"
#include "scanline/framework/nn/conv.hpp"
#include "scanline/framework/nn/pool.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline::models {

Cnn::Cnn(const ImageTask& task, const Options& options)
    : features_(child<nn::Sequential>("features")),
      dropout_(child<nn::Dropout>("dropout", options.dropout)) {
  Index rows = task.rows, columns = task.columns, inputs = 1, channels = options.hidden_size;
  for (Index level = 0; level < options.layers; ++level) {
    for (int convolution = 0; convolution < 2; ++convolution) {
      // Batch normalization has a bias of its own.
      features_.add<nn::Conv2d>(inputs, channels, 3, Conv2dOptions{.padding = 1}, /*bias=*/false);
      features_.add<nn::BatchNorm2d>(channels);
      features_.add(relu);
      inputs = channels;
    }
    // Padding gives the last row or column a pair where their number is odd.
    features_.add<nn::MaxPool2d>(2, 2, Size2d{rows % 2, columns % 2});
    rows = (rows + 1) / 2;
    columns = (columns + 1) / 2;
    channels *= 2;
  }
  fc_ = &child<nn::Linear>("fc", rows * columns * inputs, task.classes);
}

Tensor Cnn::forward(const Tensor& images) {
  const Tensor features =
      features_(reshape(images, {images.size(0), 1, images.size(1), images.size(2)}));
  return (*fc_)(dropout_(reshape(features, {images.size(0), -1})));
}

}  // namespace scanline::models
