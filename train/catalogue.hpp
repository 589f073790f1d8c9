#pragma once

#include "scanline/datasets/augmentations.hpp"
#include "scanline/datasets/registry.hpp"
#include "scanline/framework/optim/registry.hpp"
#include "scanline/models/registry.hpp"
#include "scanline/train/commands/registry.hpp"
#include "scanline/train/losses.hpp"
#include "scanline/train/recipes.hpp"

namespace scanline::train {

/// All that the program can choose from: a table for each kind of component. A program of one's own
/// adds rows to those of `built_in` and passes the whole to `main`.
struct Catalogue {
  datasets::Sources datasets;             ///< `--dataset`
  datasets::Augmentations augmentations;  ///< `--augment`
  models::Registry models;                ///< `--model`
  optim::Optimizers optimizers;           ///< `--optimizer`
  optim::Schedules schedules;             ///< `--schedule`
  Losses losses;                          ///< `--loss`
  Recipes recipes;                        ///< `--recipe`
  Commands commands;                      ///< The first argument.
};

/// What comes with scanline.
Catalogue built_in();

}  // namespace scanline::train
