#pragma once

#include <vector>

#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/models/options.hpp"

namespace scanline::models {

/// The ReNet of Visin et al. (2015, arXiv:1505.00393): LSTMs that sweep over an image.
///
/// Each level divides its input, which is the image at first, into patches of 2 x 2 positions. A
/// bidirectional LSTM reads each column of patches, and a second one reads each row of the first
/// one's outputs, so that each output depends on the whole image. A linear head reads all outputs
/// of the last level.
class Renet : public nn::Layer {
 public:
  /// The options.
  using Options = LayerOptions;
  /// `options.layers` levels. The LSTMs of the first one have `options.hidden_size` units in each
  /// direction, those of each level above twice as many as the one below.
  Renet(const ImageTask& task, const Options& options);
  /// images (B, rows, columns) -> logits (B, classes). @throws Error for images of another size.
  Tensor forward(const Tensor& images) override;

 private:
  struct Level {
    nn::LSTM &down, &across;
  };

  std::vector<Level> levels_;
  nn::Dropout& dropout_between_;  // between levels
  nn::Dropout& dropout_;
  nn::Linear* fc_;
};

}  // namespace scanline::models
