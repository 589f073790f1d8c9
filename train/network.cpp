#include "scanline/train/network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/core/storage.hpp"
#include "scanline/models/line_reader.hpp"

namespace scanline::train {
namespace {

/// @throws Error unless the network has parameters to train, and a logit for each class.
void check_network(nn::Layer& network, const ModelDescription& description) {
  if (network.parameter_count() == 0)
    throw Error(fmt::format("{}: expected a model with parameters to train, found none",
                            description.model));
  const RandomState random = default_random_state();
  const models::ImageTask& task = description.task;
  const NoGrad no_grad;
  network.eval();
  const Shape shape =
      network.forward(Tensor(Array::zeros({1, task.rows, task.columns}, DType::float32))).shape();
  network.train();
  set_default_random_state(random);
  const Shape expected = models::reads_lines(network) && shape.rank() == 3
                             ? Shape{shape[0], 1, task.classes + 1}
                             : Shape{1, task.classes};
  if (shape != expected)
    throw Error(fmt::format("{}: expected logits of shape {} for one image, found {}",
                            description.model, to_string(expected), to_string(shape)));
}

/// @throws Error when training the network would take more memory than the machine has.
void check_memory(const models::Registry::Factory& model, const ModelDescription& description) {
  constexpr double gigabyte = 1e9;
  const double memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                        static_cast<double>(sysconf(_SC_PAGE_SIZE)) / gigabyte;
  const RandomState random = default_random_state();
  const Index parameters = [&] {
    const LazyStorage lazy;
    return model.make(description.task)->parameter_count();
  }();
  set_default_random_state(random);
  // The weight, its gradient and two averages of the optimizer, in float32.
  const double needed = 16 * static_cast<double>(parameters) / gigabyte;
  if (needed > memory) {
    std::vector<std::string> options;
    for (const auto& [name, value] : description.options)
      options.push_back(fmt::format("--{} {}", name, value));
    throw Error(
        fmt::format("{} with {}: expected a network whose training fits into the {:.1f} GB of this "
                    "machine, found one of {} parameters, which takes {:.1f} GB",
                    description.model, fmt::join(options, ", "), memory, parameters, needed));
  }
}

}  // namespace

std::unique_ptr<nn::Layer> make_network(const models::Registry::Factory& model,
                                        const ModelDescription& description) {
  check_memory(model, description);
  std::unique_ptr<nn::Layer> network = model.make(description.task);
  check_network(*network, description);
  return network;
}

}  // namespace scanline::train
