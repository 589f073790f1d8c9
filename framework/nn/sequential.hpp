#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scanline/framework/nn/module.hpp"

namespace scanline::nn {

/// Layers one after the other, named by their positions "0", "1", ...:
///
///     nn::Sequential mlp;
///     mlp.add<nn::Linear>(784, 128);
///     mlp.add<nn::Dropout>(0.2);
class Sequential : public Layer {
 public:
  /// Makes a layer of type L from the arguments of its constructor and appends it.
  template <class L, class... Args>
  L& add(Args&&... args) {
    L& layer = child<L>(std::to_string(layers_.size()), std::forward<Args>(args)...);
    layers_.push_back(&layer);
    return layer;
  }

  Tensor forward(const Tensor& x) override {
    Tensor result = x;
    for (Layer* layer : layers_) result = layer->forward(result);
    return result;
  }

 private:
  std::vector<Layer*> layers_;
};

}  // namespace scanline::nn
