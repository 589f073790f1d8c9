#include "scanline/export/onnx_model.hpp"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "scanline/export/detail/onnx_graph.hpp"
#include "scanline/export/detail/onnx_ops.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/autograd/trace.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/models/line_reader.hpp"

namespace scanline::exporting {
namespace {

/// A traced forward pass.
struct Recording {
  Array images;
  std::vector<TracedOp> ops;
  Array logits;
};

/// Runs the network on random images, which differ from call to call. They are as wide as the steps
/// of a line if the network reads lines.
Recording record(nn::Layer& network, const models::ImageTask& task, Index batch, Index steps) {
  auto* reader = dynamic_cast<models::LineReader*>(&network);
  const Index columns = reader != nullptr ? steps * reader->columns_per_step() : task.columns;
  Recording result;
  result.images = Array({batch, task.rows, columns}, DType::float32);
  Random random(static_cast<std::uint64_t>(batch), Purpose::user);
  for (Index i = 0; i < result.images.size(); ++i)
    result.images.data<float>()[i] = static_cast<float>(random.normal());
  const NoGrad no_grad;
  const Trace trace;
  const Tensor images(result.images);
  result.logits =
      (reader != nullptr ? reader->read_lines(images, {}).logits : network(images)).value();
  result.ops = trace.ops();
  return result;
}

/// Writes the two recordings of a network, op by op.
class Writer {
 public:
  Writer(OnnxGraph& graph, const NamedArrays& parameters, const OnnxOperators& own_operators)
      : graph_(graph), values_(graph, parameters), own_operators_(own_operators) {}

  /// Writes all ops, from the value `images` to the logits. Returns the name of these.
  std::string write(const Both<Recording>& recorded, const std::string& images) {
    values_.add({recorded.small.images, recorded.large.images}, images);
    const std::vector<TracedOp>&small = recorded.small.ops, &large = recorded.large.ops;
    for (const TracedOp& op : small)
      for (const Saved& input : op.inputs) used_.insert(input.get().raw());
    used_.insert(recorded.small.logits.raw());
    for (std::size_t i = 0; i < small.size(); ++i) {
      if (i >= large.size() || small[i].name != large[i].name)
        throw Error("the ops depend on the batch size or the width");
      write(small[i], large[i]);
    }
    return values_.name({recorded.small.logits, recorded.large.logits});
  }

 private:
  void write(const TracedOp& small, const TracedOp& large) {
    // An op that changes nothing, such as a reshape to the same shape.
    if (values_.contains({small.outputs[0].get(), large.outputs[0].get()})) return;
    std::vector<bool> used;
    for (const Saved& output : small.outputs)
      used.push_back(output.get().size() > 0 && used_.count(output.get().raw()) > 0);
    OpWriter writer(graph_, values_, {&small, &large}, used);
    try {
      write(small.name, writer);
    } catch (const Error& error) {
      throw Error(fmt::format("the op '{}': {}", small.name, error.what()));
    }
  }

  void write(const std::string& name, OpWriter& op) const {
    for (const OnnxOperators* operators : {&onnx_operators(), &own_operators_})
      if (const auto found = operators->find(name); found != operators->end())
        return write_operator(op, found->second);
    const auto found = onnx_ops().find(name);
    if (found == onnx_ops().end()) throw Error("it has no counterpart in ONNX that is known here");
    found->second(op);
  }

  OnnxGraph& graph_;
  OnnxValues values_;
  const OnnxOperators& own_operators_;
  std::set<const std::byte*> used_;  // where inputs of ops, and the logits, begin in memory
};

}  // namespace

std::string to_onnx(nn::Layer& network, const OnnxDescription& description,
                    const OnnxOperators& own_operators) {
  try {
    network.eval();
    const models::ImageTask& task = description.task;
    const Both<Recording> recorded{record(network, task, batch_sizes.small, line_steps.small),
                                   record(network, task, batch_sizes.large, line_steps.large)};
    OnnxGraph graph;
    std::string input = "image";
    if (const auto* reader = dynamic_cast<const models::LineReader*>(&network))
      input = graph.line_input(input, task.rows, reader->columns_per_step());
    else
      graph.input(input, {{1, true}, {task.rows}, {task.columns}});
    const std::string images =
        graph.node("Div", {graph.node("Sub", {input, graph.number(description.mean)}),
                           graph.number(description.standard_deviation)});
    const std::string logits =
        Writer(graph, network.state_dict(), own_operators).write(recorded, images);
    const Extents extents =
        extents_of(recorded.small.logits.shape(), recorded.large.logits.shape());
    graph.output("logits", logits, extents);
    graph.output("probabilities", graph.node("Softmax", {logits}, {{"axis", Index{-1}}}), extents);
    for (const auto& [key, value] : description.metadata) graph.metadata(key, value);
    return graph.content();
  } catch (const Error& error) {
    throw Error(fmt::format("{} cannot be written as ONNX: {}", description.model, error.what()));
  }
}

}  // namespace scanline::exporting
