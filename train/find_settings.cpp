#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/train/config.hpp"
#include "scanline/train/initial_weights.hpp"
#include "scanline/train/run_directory.hpp"
#include "scanline/train/run_options.hpp"

namespace scanline::train {
namespace {

/// Adds the values of a recipe, and replaces those that are there.
/// @throws Error when it names an option that no run has.
void apply_recipe(FoundSettings& settings, const Catalogue& catalogue,
                  const PossibleOptions& possible, const std::string& name) {
  const Settings own = *catalogue.recipes.find(name).choose()->make();
  const bool is_default = name == catalogue.recipes.begin()->name;
  for (const auto& [option, text] : recipe_values(catalogue.recipes, name)) {
    if (possible.fields().find(option) == nullptr)
      throw Error(fmt::format("recipe '{}': there is no option '{}'", name, option));
    const bool is_base = is_default || own.count(option) == 0;
    settings[option] = {.text = text,
                        .where = fmt::format("recipe '{}': {}", name, option),
                        .origin = is_base ? Setting::Origin::base : Setting::Origin::recipe};
  }
  settings["recipe"] = {.text = name, .where = "recipe"};
}

const Setting* find(const FoundSettings& settings, const std::string& name) {
  const auto found = settings.find(name);
  return found == settings.end() ? nullptr : &found->second;
}

void override_with(FoundSettings& settings, const FoundSettings& arguments) {
  for (const auto& [name, setting] : arguments) settings[name] = setting;
}

/// Adds the model of the file that `--init` names, and its options, unless arguments or the
/// configuration have others. They replace those of a recipe.
void apply_initial_model(FoundSettings& settings, const FoundSettings& arguments,
                         const models::Registry& registry) {
  const auto given = [&](const std::string& name) -> const Setting* {
    if (const Setting* argument = find(arguments, name)) return argument;
    const Setting* setting = find(settings, name);
    return setting != nullptr && setting->origin == Setting::Origin::config ? setting : nullptr;
  };
  const Setting* init = given("init");
  if (init == nullptr || init->text.empty()) return;
  const std::string file = init->text;
  const Settings initial = initial_model(file, registry);
  const Setting* model = given("model");
  if (initial.empty() || (model != nullptr && model->text != initial.at("model"))) return;
  for (const auto& [name, text] : initial)
    if (given(name) == nullptr)
      settings[name] = {.text = text, .where = fmt::format("--init {}: {}", file, name)};
}

/// The configuration of a run, changed by arguments where it may be.
FoundSettings resumed(const Catalogue& catalogue, const PossibleOptions& possible,
                      const FoundSettings& arguments) {
  const std::filesystem::path file = RunDirectory::find_config(find(arguments, "resume")->text);
  const FoundSettings before = read_config(file, possible.fields());
  const RunOptions old_options(catalogue, before);
  std::vector<std::string> missing;
  for (const auto& [name, ignored] : old_options.fields().settings())
    if (before.count(name) == 0) missing.push_back(name);
  if (!missing.empty())
    throw Error(fmt::format("{}: expected all options of a run, found none called {}",
                            file.string(), fmt::join(missing, ", ")));
  FoundSettings after = before;
  override_with(after, arguments);
  const RunOptions new_options(catalogue, after);
  std::vector<std::string> refused;
  for (const auto& [name, ignored] : arguments) {
    const Field& field = *new_options.fields().find(name);
    const Field* old_field = old_options.fields().find(name);
    const bool is_changed = old_field == nullptr || old_field->text() != field.text();
    const bool is_new = name == "out" || name == "exist-ok" || name == "dry-run";
    if (is_new || (field.is_stored && !field.may_change && is_changed))
      refused.push_back("--" + name);
  }
  if (!refused.empty())
    throw UsageError(
        fmt::format("a resumed run keeps its options: {} cannot change", fmt::join(refused, ", ")));
  return after;
}

/// Chooses the dataset by its files, where only they are named.
void detect_dataset(FoundSettings& settings, const Catalogue& catalogue) {
  const Setting* data = find(settings, "data");
  if (data == nullptr || data->text.empty() || find(settings, "dataset") != nullptr) return;
  settings["dataset"] = {.text = datasets::detect(catalogue.formats, data->text),
                         .where = data->where,
                         .origin = Setting::Origin::detected};
}

}  // namespace

FoundSettings find_settings(const Catalogue& catalogue, const PossibleOptions& possible,
                            const FoundSettings& arguments) {
  const Setting* resume = find(arguments, "resume");
  const Setting* config = find(arguments, "config");
  if (resume != nullptr && config != nullptr)
    throw UsageError("--resume and --config cannot be combined: a resumed run keeps its options");
  if (resume != nullptr) return resumed(catalogue, possible, arguments);

  FoundSettings configured;
  if (config != nullptr) {
    std::error_code error;
    configured = read_config(std::filesystem::is_directory(config->text, error)
                                 ? RunDirectory::find_config(config->text)
                                 : std::filesystem::path(config->text),
                             possible.fields());
  }
  const Setting* asked = find(arguments, "recipe");
  const Setting* named = asked != nullptr ? asked : find(configured, "recipe");
  if (named != nullptr) read(*possible.fields().find("recipe"), *named);
  FoundSettings settings;
  if (catalogue.recipes.begin() == catalogue.recipes.end()) {
    settings = std::move(configured);
  } else {
    const std::string recipe = named == nullptr ? catalogue.recipes.begin()->name : named->text;
    if (asked != nullptr) settings = configured;
    apply_recipe(settings, catalogue, possible, recipe);
    if (asked == nullptr) override_with(settings, configured);
  }
  apply_initial_model(settings, arguments, catalogue.models);
  override_with(settings, arguments);
  detect_dataset(settings, catalogue);
  return settings;
}

}  // namespace scanline::train
