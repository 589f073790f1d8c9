#include "scanline/train/commands/info_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "scanline/framework/core/printable.hpp"
#include "scanline/train/model_file.hpp"

namespace scanline::train {

void InfoCommand::declare(Fields& fields) {
  fields.add_positional("MODEL", model_, "Run directory or .safetensors file");
}

int InfoCommand::run() {
  const LoadedModel loaded = load_model(model_, catalogue_.models);
  const ModelDescription& description = loaded.description;
  fmt::print("model        {} ({})\n", description.model,
             catalogue_.models.find(description.model).help);
  fmt::print("input        {} rows of {} pixels", description.task.rows, description.task.columns);
  if (!description.dataset.empty())
    fmt::print(", mean {}, standard deviation {}", description.mean,
               description.standard_deviation);
  fmt::print("\n");
  for (const auto& [name, value] : description.options) fmt::print("{:<11}  {}\n", name, value);
  fmt::print("classes      {}\n",
             printable(fmt::to_string(fmt::join(description.class_names, ", "))));
  if (description.dataset.empty())
    fmt::print("trained      the file does not say on what\n");
  else
    fmt::print("trained      on {}, seed {}, by scanline {}\n", printable(description.dataset),
               description.seed, printable(description.version));
  fmt::print("parameters   {}\n\n", loaded.network->parameter_count());
  for (const auto& [name, array] : loaded.network->state_dict())
    fmt::print("{:<28} {:<9} {:<14} {:>9} bytes\n", name, scanline::name(array.dtype()),
               to_string(array.shape()), array.bytes());
  return 0;
}

}  // namespace scanline::train
