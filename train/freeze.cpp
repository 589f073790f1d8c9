#include "scanline/train/freeze.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <sstream>

#include "scanline/framework/core/error.hpp"

namespace scanline::train {

void freeze(const nn::Module& network, const std::string& patterns) {
  const std::vector<nn::NamedTensor> parameters = network.named_parameters();
  std::vector<std::string> names;
  for (const nn::NamedTensor& parameter : parameters) names.push_back(parameter.name);
  std::istringstream list(patterns);
  for (std::string pattern; std::getline(list, pattern, ',');) {
    bool is_matched = false;
    for (const nn::NamedTensor& parameter : parameters) {
      if (fnmatch(pattern.c_str(), parameter.name.c_str(), 0) != 0) continue;
      parameter.tensor.set_requires_grad(false);
      is_matched = true;
    }
    if (!is_matched)
      throw Error(fmt::format(
          "--freeze: expected the name of a parameter or a pattern such as 'lstm.*', found '{}'; "
          "the parameters are {}",
          pattern, fmt::join(names, ", ")));
  }
  if (trained_parameters(network).empty())
    throw Error(fmt::format("--freeze {}: expected a parameter that is left to train, found none",
                            patterns));
}

std::vector<Tensor> trained_parameters(const nn::Module& network) {
  std::vector<Tensor> result;
  for (const Tensor& parameter : network.parameters())
    if (parameter.requires_grad()) result.push_back(parameter);
  return result;
}

}  // namespace scanline::train
