// Times a trained network's forward pass, from images to logits, without a graph.
//
//   scanline_inference MODEL [--batch-size 128] [--threads 2]
//
// MODEL is a run directory or a safetensors file. Prints images a second, one number.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <string>

#include "benchmarks/peers/images_per_second.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/nn/init.hpp"
#include "scanline/models/registry.hpp"
#include "scanline/predict/model_file.hpp"

using namespace scanline;

int main(int argc, char** argv) {
  std::string model;
  Index batch_size = 128;
  int threads = 2;
  CLI::App app{"Times a network's forward pass, in images a second", "scanline_inference"};
  app.add_option("MODEL", model, "Run directory or .safetensors file")->required();
  app.add_option("--batch-size", batch_size, "Images at once")->check(CLI::Range(1, 1'000'000));
  app.add_option("--threads", threads, "Threads to compute with")->check(CLI::Range(1, 1024));
  CLI11_PARSE(app, argc, argv);

  try {
    set_thread_count(threads);
    const LoadedModel loaded = load_model(model, models::built_in());
    const models::ImageTask& task = loaded.description.task;
    const Tensor images(init::normal({batch_size, task.rows, task.columns}, 1));
    const NoGrad no_grad;
    loaded.network->eval();
    fmt::print("{:.0f}\n", images_per_second(batch_size, [&] { loaded.network->forward(images); }));
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}
