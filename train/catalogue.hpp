#pragma once

#include "scanline/datasets/augmentations.hpp"
#include "scanline/datasets/formats.hpp"
#include "scanline/datasets/registry.hpp"
#include "scanline/export/onnx_model.hpp"
#include "scanline/framework/optim/registry.hpp"
#include "scanline/models/registry.hpp"
#include "scanline/train/commands/registry.hpp"
#include "scanline/train/losses.hpp"
#include "scanline/train/recipes.hpp"

namespace scanline::train {

/// Everything that users can choose by name: a registry for each kind of component. A program of
/// your own adds rows to those of `built_in` and passes the catalogue to `main`.
struct Catalogue {
  datasets::Sources datasets;             ///< `--dataset`
  datasets::Formats formats;              ///< Of datasets that need not be named.
  datasets::Augmentations augmentations;  ///< `--augment`
  models::Registry models;                ///< `--model`
  optim::Optimizers optimizers;           ///< `--optimizer`
  optim::Schedules schedules;             ///< `--schedule`
  Losses losses;                          ///< `--loss`
  Recipes recipes;                        ///< `--recipe`
  Commands commands;                      ///< The subcommands.
  /// Ops of your own that `export --format onnx` writes as operators of ONNX.
  exporting::OnnxOperators onnx_operators = {};
};

/// The catalogue of scanline's own components.
Catalogue built_in();

}  // namespace scanline::train
