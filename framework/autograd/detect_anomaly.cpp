#include "scanline/framework/autograd/detect_anomaly.hpp"

#include <cmath>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"

namespace scanline {
namespace {

/// "nan at element 3 of (2, 3)" for the first element that is not finite; empty if there is none.
std::string find_anomaly(const Array& array) {
  std::string found;
  if (!array.defined() || array.dtype() == DType::int64) return found;
  dispatch("detect_anomaly", array.dtype(), [&]<class T>(T) {
    const T* elements = array.data<T>();
    for (Index i = 0; i < array.size() && found.empty(); ++i)
      if (!std::isfinite(elements[i]))
        found = fmt::format("{} at element {} of {}", elements[i], i, array.shape());
  });
  return found;
}

std::string in_layer(const std::string& layer) {
  return layer.empty() ? "" : fmt::format(" in layer '{}'", layer);
}

}  // namespace

DetectAnomaly::DetectAnomaly() = default;

void DetectAnomaly::after_op(const char* op, const std::vector<Tensor>& inputs,
                             std::span<const Array> results, const Node* node) {
  for (const Array& result : results) {
    const std::string anomaly = find_anomaly(result);
    if (anomaly.empty()) continue;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (const std::string earlier = find_anomaly(inputs[i].value()); !earlier.empty())
        throw Error(fmt::format("detect_anomaly: '{}'{} was given {} as input {}", op,
                                in_layer(LayerScope::path()), earlier, i));
    throw Error(fmt::format("detect_anomaly: '{}'{} returned {}", op, in_layer(LayerScope::path()),
                            anomaly));
  }
  if (node != nullptr) layers_[node->sequence] = LayerScope::path();
}

void DetectAnomaly::after_backward(const Node& node) {
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i].node == nullptr) continue;
    const std::string anomaly = find_anomaly(node.inputs[i].get().grad);
    if (!anomaly.empty())
      throw Error(fmt::format("detect_anomaly: the gradient of input {} of '{}'{} is {}", i,
                              node.op, in_layer(layers_[node.sequence]), anomaly));
  }
}

}  // namespace scanline
