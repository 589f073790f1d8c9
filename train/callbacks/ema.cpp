#include "scanline/train/callbacks/ema.hpp"

#include <fmt/format.h>

#include <map>
#include <string>

namespace scanline::train {
namespace {

/// The same arrays under other names, those that `names` has for them.
NamedArrays renamed(const NamedArrays& arrays, const std::map<std::string, std::string>& names) {
  NamedArrays result;
  for (const auto& [name, array] : arrays) {
    const auto other = names.find(name);
    result.emplace(other == names.end() ? name : other->second, array);
  }
  return result;
}

}  // namespace

void Ema::Options::declare(Fields& fields) {
  fields.add("ema", ema, {0, 0.999999},
             "Test a moving average of the weights with this decay rate; 0: off");
}

Ema::Ema(const Options& options, const nn::Module& network) : network_(network) {
  if (options.ema > 0) average_.emplace(network.parameters(), options.ema);
}

void Ema::on_step_end(Trainer&) {
  if (average_) average_->update();
}

void Ema::swap_weights() {
  if (average_) average_->swap();
}

void Ema::state(Archive& archive) {
  if (!average_) return;
  // The averages are numbered as the parameters are.
  std::map<std::string, std::string> names, numbers;
  for (const nn::NamedTensor& parameter : network_.named_parameters()) {
    const std::string number = fmt::to_string(names.size());
    names.emplace(number, parameter.name);
    numbers.emplace(parameter.name, number);
  }
  NamedArrays values = renamed(average_->state_dict(), names);
  archive.arrays("ema.", values);
  if (archive.is_loading()) average_->load_state_dict(renamed(values, numbers));
}

}  // namespace scanline::train
