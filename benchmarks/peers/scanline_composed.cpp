// Times training steps of a classifier that is composed of ops: forward pass, loss, backward pass
// and optimizer, with a batch of 128 images. pytorch_composed.py is its peer.
//
//   scanline_composed LAYER [--threads 2]
//
// Prints images a second, and images a second of processor time.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "benchmarks/peers/composed_layers.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/ops/loss.hpp"
#include "scanline/framework/optim/adam.hpp"

using namespace scanline;

namespace {

constexpr Index batch_size = 128;

using Make = std::function<std::unique_ptr<nn::Layer>()>;

template <class L>
Make make() {
  return [] { return std::make_unique<L>(); };
}

const std::map<std::string, Make> layers = {
    {"lstm_cell", make<composed::RowReader<composed::LSTMCell>>()},
    {"layer_norm_lstm", make<composed::RowReader<composed::LayerNormCell>>()},
    {"peephole_lstm", make<composed::RowReader<custom_layer::PeepholeCell>>()},
    {"attention_pooling", make<composed::AttentionPooling>()},
    {"multihead_attention", make<composed::MultiheadAttention>()},
    {"convolution", make<composed::Convolutions>()},
};

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Takes steps for that long, and prints how fast they were unless `quiet`.
void run(const std::function<void()>& step, double seconds, bool quiet) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const double processor_start = processor_seconds();
  Index steps = 0;
  double elapsed = 0;
  while (elapsed < seconds) {
    step();
    ++steps;
    elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  }
  const auto images = static_cast<double>(steps * batch_size);
  if (!quiet)
    fmt::print("{:.0f} {:.0f}\n", images / elapsed,
               images / (processor_seconds() - processor_start));
}

}  // namespace

int main(int argc, char** argv) {
  std::string name;
  int threads = 2;
  double seconds = 2;
  CLI::App app{"Times training steps of a classifier that is composed of ops", "scanline_composed"};
  app.add_option("LAYER", name, "The classifier")->required()->check(CLI::IsMember(layers));
  app.add_option("--threads", threads, "Threads to compute with")->check(CLI::Range(1, 1024));
  app.add_option("--seconds", seconds, "Time to measure")->check(CLI::Range(0.01, 1e6));
  CLI11_PARSE(app, argc, argv);

  try {
    set_thread_count(threads);
    const std::unique_ptr<nn::Layer> network = layers.at(name)();
    optim::AdamW optimizer(network->parameters(), 1e-3);
    const Tensor images(init::normal({batch_size, composed::pixels, composed::pixels}, 1));
    const Array labels({batch_size}, DType::int64);
    for (Index i = 0; i < batch_size; ++i) labels.data<std::int64_t>()[i] = i % composed::classes;
    const auto step = [&] {
      const Tensor loss = cross_entropy((*network)(images), labels);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
    };
    run(step, 0.3, /*quiet=*/true);
    run(step, seconds, /*quiet=*/false);
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}
