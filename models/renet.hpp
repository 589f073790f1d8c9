#pragma once

#include <vector>

#include "scanline/framework/nn/dropout.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/models/options.hpp"

namespace scanline::models {

/// LSTMs that sweep over an image, as convolutions would slide over it: the ReNet of Visin et al.
/// (2015, arXiv:1505.00393).
///
/// Each level cuts what lies below it, pixels at first, into patches of 2 x 2 places. A
/// bidirectional LSTM reads each column of patches, and a second one each row of what the first
/// one put out, so that every place knows of the whole image. A linear head reads all places of
/// the last level.
class Renet : public nn::Layer {
 public:
  /// What a run can choose.
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
  nn::Dropout& dropout_;
  nn::Linear* fc_;
};

}  // namespace scanline::models
