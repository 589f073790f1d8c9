#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "scanline/framework/nn/module.hpp"

namespace scanline::nn {

/// A type that can be called like a function from tensor to tensor and that is not a module.
template <class F>
concept TensorFunction =
    std::is_invocable_r_v<Tensor, F&, const Tensor&> && !std::is_base_of_v<Module, F>;

/// Layers and functions, one after the other:
///
///     nn::Sequential mlp;
///     mlp.add<nn::Linear>(784, 128);
///     mlp.add(relu);
///     mlp.add<nn::Dropout>(0.2);
///
/// The layers are children named by their positions "0", "1", ... A function has a position too, so
/// that the parameters above are called 0.weight and 0.bias, and those of a layer after the dropout
/// 3.weight and 3.bias.
class Sequential : public Layer {
 public:
  /// Makes a layer of type L from the arguments of its constructor and appends it.
  template <class L, class... Args>
  L& add(Args&&... args) {
    L& layer = child<L>(std::to_string(layers_.size()), std::forward<Args>(args)...);
    layers_.push_back(&layer);
    return layer;
  }
  /// Appends a function of a tensor, such as `relu`.
  void add(Tensor (*function)(const Tensor&)) { add<Function>(function); }
  /// Appends another callable, such as a lambda with captures.
  template <TensorFunction F>
  void add(F function) {
    add<Function>(std::move(function));
  }

  Tensor forward(const Tensor& x) override {
    Tensor result = x;
    for (Layer* layer : layers_) result = (*layer)(result);
    return result;
  }

 private:
  struct Function : Layer {
    explicit Function(std::function<Tensor(const Tensor&)> f) : function(std::move(f)) {}
    Tensor forward(const Tensor& x) override { return function(x); }
    std::function<Tensor(const Tensor&)> function;
  };

  std::vector<Layer*> layers_;
};

}  // namespace scanline::nn
