#pragma once

#include <string>

#include "scanline/framework/core/registry.hpp"

namespace scanline::train {

/// The named sets of option values that `--recipe` chooses from. The first one is the default; the
/// others hold what they change of it. A value is used where the run has such an option: that of
/// `momentum`, say, with each optimizer that has one, whose own default it replaces.
using Recipes = Registry<Settings>;

/// A row with these values.
Recipes::Entry recipe(const std::string& name, const std::string& help, const Settings& values);

/// The recipes that come with scanline.
Recipes built_in_recipes();

/// All values of a recipe, including those of the default recipe. @throws Error for an unknown
/// name.
Settings recipe_values(const Recipes& recipes, const std::string& name);

}  // namespace scanline::train
