// The fused recurrent layer, forward and backward, in images (rows of the batch) a second and in
// GFLOP/s of its matrix products.
//
//   build/release/benchmarks/benchmark_recurrent_layer --benchmark_filter=train/float32

#include <benchmark/benchmark.h>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/nn/init.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/ops/precision.hpp"

using namespace scanline;

namespace {

/// Multiplications and additions of a bidirectional LSTM for one row of the batch, forward.
double forward_flop(Index steps, Index inputs, Index hidden) {
  return 2.0 * 2 * static_cast<double>(steps * 4 * hidden * (inputs + hidden));
}

/// Arguments: hidden units, batch, layers, steps, features of a step.
struct Work {
  explicit Work(const benchmark::State& state)
      : hidden(state.range(0)),
        batch(state.range(1)),
        layers(state.range(2)),
        steps(state.range(3)),
        inputs(state.range(4)),
        lstm({.input_size = inputs,
              .hidden_size = hidden,
              .num_layers = layers,
              .bidirectional = true}),
        x(init::normal({steps, batch, inputs}, 1)) {}

  void report(benchmark::State& state, double flop_per_row) const {
    const auto rows = static_cast<double>(state.iterations() * batch);
    state.counters["rows/s"] = benchmark::Counter(rows, benchmark::Counter::kIsRate);
    state.counters["GFLOP/s"] =
        benchmark::Counter(rows * flop_per_row * 1e-9, benchmark::Counter::kIsRate);
  }
  double flop() const {
    return forward_flop(steps, inputs, hidden) +
           static_cast<double>(layers - 1) * forward_flop(steps, 2 * hidden, hidden);
  }

  Index hidden, batch, layers, steps, inputs;
  nn::LSTM lstm;
  Tensor x;
};

void infer(benchmark::State& state) {
  Work work(state);
  const NoGrad no_grad;
  for (auto _ : state) benchmark::DoNotOptimize(work.lstm(work.x).h_n.value().raw());
  work.report(state, work.flop());
}

void train(benchmark::State& state, Precision precision) {
  try {
    set_training_precision(precision);
  } catch (const Error& error) {
    state.SkipWithError(error.what());
    return;
  }
  Work work(state);
  const Index states = 2 * work.layers;
  const Array grad = Array::full({states, work.batch, work.hidden}, 0.01);
  for (auto _ : state) {
    backward(work.lstm(work.x).h_n, grad);
    work.lstm.zero_grad();
  }
  // Backward: dW costs as much as the forward pass, dh as much less the input's part; the gradient
  // of the first layer's input is not asked for.
  const double recurrent = forward_flop(work.steps, 0, work.hidden),
               between = forward_flop(work.steps, 2 * work.hidden, work.hidden) - recurrent;
  work.report(state, 2 * work.flop() + static_cast<double>(work.layers) * recurrent +
                         static_cast<double>(work.layers - 1) * between);
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"H", "B", "layers", "T", "I"})->UseRealTime()->Unit(benchmark::kMillisecond);
  benchmark->Args({128, 128, 1, 28, 28});
  for (const int hidden : {32, 64, 256}) benchmark->Args({hidden, 128, 1, 28, 28});
  for (const int batch : {1, 32, 512}) benchmark->Args({128, batch, 1, 28, 28});
  benchmark->Args({128, 128, 2, 28, 28});
  benchmark->Args({128, 128, 1, 784, 1});
}

BENCHMARK(infer)->Apply(sizes);
BENCHMARK_CAPTURE(train, float32, Precision::float32)->Apply(sizes);
BENCHMARK_CAPTURE(train, bf16, Precision::bf16)->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
