// Times oneDNN's LSTM primitive on the sequences that scanline classifies by default: 28 steps of
// 28 inputs, both ways. The layer alone: no transposed images, no classifier's head, no optimizer.
//
//   OMP_NUM_THREADS=2 onednn_lstm [--batch-size 128] [--hidden-size 128] [--inference]
//
// Prints images a second, one number: forward and backward, or with --inference forward alone. What
// is best for oneDNN is granted to it: it chooses all layouts, weights are in them before the clock
// starts, and gradients of weights are added to what is there, without being set to zero first.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <oneapi/dnnl/dnnl.hpp>
#include <random>
#include <unordered_map>
#include <vector>

#include "benchmarks/peers/images_per_second.hpp"

namespace {

using dnnl::memory;
using Tag = memory::format_tag;
using Arguments = std::unordered_map<int, memory>;

constexpr memory::dim steps = 28, inputs = 28, layers = 1, directions = 2, gates = 4;

/// A layer, and the memory that its primitives read and write.
class Lstm {
 public:
  Lstm(memory::dim batch_size, memory::dim hidden_size, bool inference)
      : layer_input_{steps, batch_size, inputs},
        layer_output_{steps, batch_size, directions * hidden_size},
        state_{layers, directions, batch_size, hidden_size},
        weights_layer_{layers, directions, inputs, gates, hidden_size},
        weights_iter_{layers, directions, hidden_size, gates, hidden_size},
        bias_{layers, directions, gates, hidden_size} {
    attributes_.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const dnnl::lstm_forward::primitive_desc forward(
        {inference ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training,
         dnnl::rnn_direction::bidirectional_concat, any(layer_input_), memory::desc(),
         memory::desc(), any(weights_layer_), any(weights_iter_), any(bias_), any(layer_output_),
         any(state_), any(state_)},
        attributes_, engine_);
    forward_ = dnnl::lstm_forward(forward);
    forward_arguments_ = {
        {DNNL_ARG_SRC_LAYER, filled(layer_input_, Tag::tnc, forward.src_layer_desc())},
        {DNNL_ARG_WEIGHTS_LAYER, filled(weights_layer_, Tag::ldigo, forward.weights_layer_desc())},
        {DNNL_ARG_WEIGHTS_ITER, filled(weights_iter_, Tag::ldigo, forward.weights_iter_desc())},
        {DNNL_ARG_BIAS, filled(bias_, Tag::ldgo, forward.bias_desc())},
        {DNNL_ARG_DST_LAYER, memory(forward.dst_layer_desc(), engine_)},
        {DNNL_ARG_DST_ITER, memory(forward.dst_iter_desc(), engine_)},
        {DNNL_ARG_DST_ITER_C, memory(forward.dst_iter_c_desc(), engine_)},
        {DNNL_ARG_SCRATCHPAD, memory(forward.scratchpad_desc(), engine_)}};
    if (!inference) {
      forward_arguments_[DNNL_ARG_WORKSPACE] = memory(forward.workspace_desc(), engine_);
      prepare_backward(forward);
    }
  }

  void forward() {
    forward_.execute(stream_, forward_arguments_);
    stream_.wait();
  }
  /// Follows `forward`, of a layer that was not made for inference.
  void backward() {
    backward_.execute(stream_, backward_arguments_);
    stream_.wait();
  }

 private:
  static memory::desc any(const memory::dims& shape) {
    return {shape, memory::data_type::f32, Tag::any};
  }

  /// Memory of that layout with small random numbers in it.
  memory filled(const memory::dims& shape, Tag plain, const memory::desc& layout) {
    memory source({shape, memory::data_type::f32, plain}, engine_);
    auto* const values = static_cast<float*>(source.get_data_handle());
    std::normal_distribution<float> normal(0, 0.1F);
    for (std::size_t i = 0; i < source.get_desc().get_size() / sizeof(float); ++i)
      values[i] = normal(random_);
    memory result(layout, engine_);
    dnnl::reorder(source, result).execute(stream_, source, result);
    stream_.wait();
    return result;
  }

  void prepare_backward(const dnnl::lstm_forward::primitive_desc& forward) {
    const dnnl::lstm_backward::primitive_desc backward({dnnl::prop_kind::backward,
                                                        dnnl::rnn_direction::bidirectional_concat,
                                                        any(layer_input_),
                                                        memory::desc(),
                                                        memory::desc(),
                                                        any(weights_layer_),
                                                        any(weights_iter_),
                                                        any(bias_),
                                                        any(layer_output_),
                                                        any(state_),
                                                        any(state_),
                                                        any(layer_input_),
                                                        memory::desc(),
                                                        memory::desc(),
                                                        any(weights_layer_),
                                                        any(weights_iter_),
                                                        any(bias_),
                                                        any(layer_output_),
                                                        any(state_),
                                                        any(state_)},
                                                       attributes_, engine_, forward);
    backward_ = dnnl::lstm_backward(backward);
    backward_arguments_ = forward_arguments_;
    backward_arguments_[DNNL_ARG_WEIGHTS_LAYER] =
        filled(weights_layer_, Tag::ldigo, backward.weights_layer_desc());
    backward_arguments_[DNNL_ARG_WEIGHTS_ITER] =
        filled(weights_iter_, Tag::ldigo, backward.weights_iter_desc());
    backward_arguments_[DNNL_ARG_DIFF_SRC_LAYER] = memory(backward.diff_src_layer_desc(), engine_);
    backward_arguments_[DNNL_ARG_DIFF_WEIGHTS_LAYER] =
        filled(weights_layer_, Tag::ldigo, backward.diff_weights_layer_desc());
    backward_arguments_[DNNL_ARG_DIFF_WEIGHTS_ITER] =
        filled(weights_iter_, Tag::ldigo, backward.diff_weights_iter_desc());
    backward_arguments_[DNNL_ARG_DIFF_BIAS] = filled(bias_, Tag::ldgo, backward.diff_bias_desc());
    backward_arguments_[DNNL_ARG_DIFF_DST_LAYER] =
        filled(layer_output_, Tag::tnc, backward.diff_dst_layer_desc());
    backward_arguments_[DNNL_ARG_DIFF_DST_ITER] =
        filled(state_, Tag::ldnc, backward.diff_dst_iter_desc());
    backward_arguments_[DNNL_ARG_DIFF_DST_ITER_C] =
        filled(state_, Tag::ldnc, backward.diff_dst_iter_c_desc());
    backward_arguments_[DNNL_ARG_SCRATCHPAD] = memory(backward.scratchpad_desc(), engine_);
  }

  memory::dims layer_input_, layer_output_, state_, weights_layer_, weights_iter_, bias_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  dnnl::primitive_attr attributes_;
  std::mt19937 random_{1};
  dnnl::lstm_forward forward_;
  dnnl::lstm_backward backward_;
  Arguments forward_arguments_, backward_arguments_;
};

}  // namespace

int main(int argc, char** argv) {
  memory::dim batch_size = 128, hidden_size = 128;
  bool inference = false;
  CLI::App app{"Times oneDNN's bidirectional LSTM, in images a second", "onednn_lstm"};
  const dnnl::version_t* const version = dnnl::version();
  app.set_version_flag(
      "--version", fmt::format("oneDNN {}.{}.{}", version->major, version->minor, version->patch));
  app.add_option("--batch-size", batch_size, "Images at once")->check(CLI::Range(1, 1000000));
  app.add_option("--hidden-size", hidden_size, "Units of each direction")
      ->check(CLI::Range(1, 1000000));
  app.add_flag("--inference", inference, "The forward pass alone");
  CLI11_PARSE(app, argc, argv);

  Lstm lstm(batch_size, hidden_size, inference);
  const double speed = images_per_second(batch_size, [&] {
    lstm.forward();
    if (!inference) lstm.backward();
  });
  fmt::print("{:.0f}\n", speed);
}
