#pragma once

#include "scanline/datasets/source.hpp"
#include "scanline/framework/core/registry.hpp"

namespace scanline::datasets {

/// The datasets to choose from. A row makes a Source out of a Request and options of its own.
using Sources = Registry<Source, const Request&>;

/// The datasets that scanline knows: mnist, fashion-mnist and folder. A program with datasets of
/// its own adds rows to this.
Sources built_in();

}  // namespace scanline::datasets
