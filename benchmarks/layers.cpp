// Layers besides the recurrent ones, forward and backward, in images (or sequences) a second.
//
//   build/release/benchmarks/benchmark_layers --benchmark_filter=conv

#include <benchmark/benchmark.h>

#include <functional>
#include <memory>
#include <string>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/nn/batch_norm.hpp"
#include "scanline/framework/nn/conv.hpp"
#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/nn/layer_norm_lstm.hpp"
#include "scanline/framework/nn/multihead_attention.hpp"
#include "scanline/framework/nn/pool.hpp"

using namespace scanline;

namespace {

constexpr Index batch = 128;

/// A layer, and how it is called.
struct Work {
  std::shared_ptr<nn::Module> module;
  std::function<Tensor(const Tensor& x)> run;
  Shape x;
};

/// Work for a layer that maps one tensor to one.
template <class Layer, class... Arguments>
Work layer(const Shape& x, const Arguments&... arguments) {
  const auto made = std::make_shared<Layer>(arguments...);
  return {made, [made](const Tensor& images) { return (*made)(images); }, x};
}

Work conv(Index channels, Index size, Index filters, Index window, Index padding) {
  return layer<nn::Conv2d>({batch, channels, size, size}, channels, filters, window,
                           Conv2dOptions{.padding = padding});
}

Work attention() {
  const auto made = std::make_shared<nn::MultiheadAttention>(
      nn::MultiheadAttentionOptions{.embed_dim = 128, .num_heads = 4});
  return {made, [made](const Tensor& x) { return (*made)(x, x, x).output; }, {28, batch, 128}};
}

Work layer_norm_lstm() {
  const auto made = std::make_shared<nn::LayerNormLSTM>(
      nn::RecurrentOptions{.input_size = 28, .hidden_size = 128});
  return {made, [made](const Tensor& x) { return (*made)(x).output; }, {28, batch, 28}};
}

void report(benchmark::State& state) {
  state.counters["images/s"] = benchmark::Counter(static_cast<double>(state.iterations() * batch),
                                                  benchmark::Counter::kIsRate);
}

void infer(benchmark::State& state, const std::function<Work()>& make) {
  const Work work = make();
  const Tensor x(init::normal(work.x, 1));
  const NoGrad no_grad;
  for (auto _ : state) benchmark::DoNotOptimize(work.run(x).value().raw());
  report(state);
}

/// A forward and a backward pass, with the gradient of x.
void train(benchmark::State& state, const std::function<Work()>& make) {
  const Work work = make();
  const Tensor x(init::normal(work.x, 1), /*requires_grad=*/true);
  Array grad;
  for (auto _ : state) {
    const Tensor y = work.run(x);
    if (!grad.defined()) grad = Array::full(y.shape(), 0.01);
    backward(y, grad);
    work.module->zero_grad();
  }
  report(state);
}

void add(const std::string& name, const std::function<Work()>& make) {
  const auto add_pass = [&](const std::string& pass, auto run) {
    benchmark::RegisterBenchmark((pass + "/" + name).c_str(),
                                 [=](benchmark::State& state) { run(state, make); })
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  };
  add_pass("infer", infer);
  add_pass("train", train);
}

}  // namespace

int main(int argc, char** argv) {
  add("conv_5x5_1_to_6", [] { return conv(1, 28, 6, 5, 0); });
  add("conv_5x5_6_to_16", [] { return conv(6, 12, 16, 5, 0); });
  add("conv_5x5_20_to_50", [] { return conv(20, 12, 50, 5, 0); });
  add("conv_3x3_64_to_64", [] { return conv(64, 14, 64, 3, 1); });
  add("max_pool", [] { return layer<nn::MaxPool2d>({batch, 32, 28, 28}, Size2d(2)); });
  add("avg_pool", [] { return layer<nn::AvgPool2d>({batch, 32, 28, 28}, Size2d(2)); });
  add("batch_norm_2d", [] { return layer<nn::BatchNorm2d>({batch, 32, 28, 28}, Index{32}); });
  add("multihead_attention", attention);
  add("layer_norm_lstm", layer_norm_lstm);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
