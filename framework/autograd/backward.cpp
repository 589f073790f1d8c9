#include "scanline/framework/autograd/backward.hpp"

#include <pthread.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "scanline/framework/autograd/input_grads.hpp"
#include "scanline/framework/autograd/op_observer.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/core/map.hpp"

namespace scanline {
namespace {

/// All op nodes that `root` was made of, the latest first. A node is created after its inputs, so
/// in this order each has received its whole gradient before it passes it on.
std::vector<std::shared_ptr<Node>> ops_in_backward_order(const std::shared_ptr<Node>& root) {
  std::vector<std::shared_ptr<Node>> found;
  std::vector<std::shared_ptr<Node>> pending{root};
  std::unordered_set<const Node*> seen{root.get()};
  while (!pending.empty()) {
    const std::shared_ptr<Node> node = std::move(pending.back());
    pending.pop_back();
    if (node->is_leaf()) continue;
    if (node->freed)
      throw Error(fmt::format(
          "backward: the graph at '{}' was freed by an earlier backward(): run forward again, or "
          "keep it with retain_graph",
          node->op));
    found.push_back(node);
    for (const Node::Edge& input : node->inputs)
      if (input.node != nullptr && seen.insert(input.node.get()).second)
        pending.push_back(input.node);
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a->sequence > b->sequence; });
  return found;
}

/// Keeps other threads away from the gradients of leaves: passes over several graphs may add to one
/// leaf at once. It is recursive, as a backward function may start another pass (to compute again
/// what it did not save), and there is only one, so that passes cannot wait for each other in a
/// circle.
std::recursive_mutex& leaf_mutex() {
  static auto& mutex = *[] {
    // Another thread may hold it when the process forks, and in the child nobody would unlock it.
    pthread_atfork(nullptr, nullptr, [] { new (&leaf_mutex()) std::recursive_mutex; });
    return new std::recursive_mutex;
  }();
  return mutex;
}

/// Locks the leaves that some edges lead to, if there are any.
std::unique_lock<std::recursive_mutex> lock_leaves(const std::vector<Node::Edge>& edges) {
  const auto leads_to_leaf = [](const Node::Edge& edge) {
    return edge.node != nullptr && edge.node->is_leaf();
  };
  if (std::none_of(edges.begin(), edges.end(), leads_to_leaf)) return {};
  return std::unique_lock(leaf_mutex());
}

/// Tells when no op is left that adds to a leaf.
class LeafUses {
 public:
  LeafUses(const std::vector<std::shared_ptr<Node>>& ops,
           const std::function<void(const Node& leaf)>& is_complete)
      : is_complete_(is_complete) {
    if (!is_complete) return;
    for (const std::shared_ptr<Node>& node : ops)
      for (const Node::Edge& input : node->inputs)
        if (is_leaf(input)) ++uses_[input.node.get()];
  }
  /// The backward function of an op with these inputs has run.
  void remove(const std::vector<Node::Edge>& inputs) {
    if (!is_complete_) return;
    for (const Node::Edge& input : inputs)
      if (is_leaf(input) && --uses_[input.node.get()] == 0) is_complete_(*input.node);
  }

 private:
  static bool is_leaf(const Node::Edge& edge) {
    return edge.node != nullptr && edge.node->is_leaf();
  }

  const std::function<void(const Node& leaf)>& is_complete_;
  std::unordered_map<const Node*, std::size_t> uses_;
};

thread_local bool retains_graph = false;

/// Sets `retains_graph` while it is alive.
class RetainScope {
 public:
  explicit RetainScope(bool retain) : before_(std::exchange(retains_graph, retain)) {}
  ~RetainScope() { retains_graph = before_; }
  RetainScope(const RetainScope&) = delete;
  RetainScope& operator=(const RetainScope&) = delete;

 private:
  bool before_;
};

/// Calls the backward function of a node, and tells the observers.
void run_backward(Node& node) {
  const auto lock = lock_leaves(node.inputs);
  InputGrads inputs(node.inputs);
  try {
    for (OpObserver* observer : OpObserver::all()) observer->before_backward(node);
    node.run_backward(inputs);
    for (OpObserver* observer : OpObserver::all()) observer->after_backward(node);
  } catch (const Error& error) {
    throw Error(fmt::format("backward of '{}': {}", node.op, error.what()));
  }
}

}  // namespace

bool is_graph_retained() { return retains_graph; }

void backward(const Tensor& root, const Array& grad, const BackwardOptions& options) {
  check_defined("backward", root, grad);
  if (!root.requires_grad())
    throw Error("backward: the tensor does not depend on one that requires a gradient");
  if (grad.shape() != root.shape())
    throw Error(fmt::format("backward: a gradient of shape {} for a tensor of shape {}",
                            grad.shape(), root.shape()));
  std::vector<std::shared_ptr<Node>> ops = ops_in_backward_order(root.node());
  LeafUses uses(ops, options.is_complete);
  {
    const auto lock = lock_leaves({root.edge()});
    add_to(root.edge().get().grad_or_zeros(), grad);
  }
  const RetainScope scope(options.retain_graph);
  for (std::shared_ptr<Node>& node : ops) {
    run_backward(*node);
    uses.remove(node->inputs);
    if (!options.retain_graph) node->free();
    node.reset();
  }
}

void backward(const Tensor& loss, const BackwardOptions& options) {
  check_defined("backward", loss);
  if (loss.value().size() != 1)
    throw Error(fmt::format("backward: needs a scalar, got shape {}: sum() or mean() it first",
                            loss.shape()));
  backward(loss, Array::full(loss.shape(), 1, loss.dtype()), options);
}

void Tensor::backward() const { scanline::backward(*this, BackwardOptions{}); }

}  // namespace scanline
