#include <fmt/format.h>
#include <fmt/ranges.h>

#include "scanline/framework/core/printable.hpp"
#include "scanline/train/commands.hpp"
#include "scanline/train/model_file.hpp"

namespace scanline::train {

void info_command(const std::string& model, const models::Table& table) {
  const LoadedModel loaded = load_model(model, table);
  const ModelDescription& description = loaded.description;
  const models::Options& options = description.options;
  fmt::print("model        {} ({})\n", description.model,
             models::find(table, description.model).description);
  fmt::print("input        {} rows of {} pixels", options.rows, options.columns);
  if (!description.dataset.empty())
    fmt::print(", mean {}, standard deviation {}", description.mean,
               description.standard_deviation);
  fmt::print("\n");
  fmt::print("hidden size  {}, {} layer{}, dropout {}\n", options.hidden_size, options.layers,
             options.layers == 1 ? "" : "s", options.dropout);
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
}

}  // namespace scanline::train
