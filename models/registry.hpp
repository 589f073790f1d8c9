#pragma once

#include "scanline/framework/core/registry.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/models/options.hpp"

namespace scanline::models {

/// A registry of classifiers, from which `--model` chooses. A row makes a network with random
/// weights that maps images (B, rows, columns) to logits (B, classes).
using Registry = scanline::Registry<nn::Layer, const ImageTask&>;

/// Returns the classifiers of scanline. A program may add rows of its own.
Registry built_in();

}  // namespace scanline::models
