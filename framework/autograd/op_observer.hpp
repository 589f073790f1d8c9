#pragma once

#include <span>
#include <string>
#include <vector>

#include "scanline/framework/autograd/tensor.hpp"

namespace scanline {

/// The layers that this thread is in. `nn::Module` makes one for each layer that is called. It
/// costs next to nothing where no OpObserver is alive.
class LayerScope {
 public:
  /// Enters the layer of this name, which is empty for a layer that is no child. The name has to
  /// outlive this object.
  explicit LayerScope(const std::string& name);
  ~LayerScope();
  LayerScope(const LayerScope&) = delete;
  LayerScope& operator=(const LayerScope&) = delete;

  /// The names of the layers from the outermost one on, with dots between: "lstm.cell". It is empty
  /// outside of all layers with a name.
  static std::string path();
};

/// While an OpObserver is alive, it is told of the ops that its thread calls, and of the steps of
/// backward passes on its thread. Several can be alive at once, and the last one ends first.
class OpObserver {
 public:
  OpObserver();
  virtual ~OpObserver();
  OpObserver(const OpObserver&) = delete;
  OpObserver& operator=(const OpObserver&) = delete;

  /// An op has computed its results. `node` is its node of the graph, null where none is recorded.
  virtual void after_op(const char* op, const std::vector<Tensor>& inputs,
                        std::span<const Array> results, const Node* node) = 0;
  /// The backward function of this node is about to be called.
  virtual void before_backward(const Node&) {}
  /// The backward function of this node has added to the gradients of its inputs.
  virtual void after_backward(const Node& node) = 0;
  /// A layer is about to be entered or left.
  virtual void at_layer() {}

  /// The observers of this thread, the first one first.
  static const std::vector<OpObserver*>& all();
};

}  // namespace scanline
