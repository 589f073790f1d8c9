#pragma once

#include "scanline/framework/core/registry.hpp"
#include "scanline/framework/nn/module.hpp"
#include "scanline/models/options.hpp"

namespace scanline::models {

/// The classifiers that `--model` chooses from. A row makes a network that maps images (B, rows,
/// columns) to logits (B, classes), with random weights.
using Registry = scanline::Registry<nn::Layer, const ImageTask&>;

/// The classifiers that come with scanline. A program with models of its own adds them to these.
Registry built_in();

}  // namespace scanline::models
