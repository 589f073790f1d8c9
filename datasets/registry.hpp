#pragma once

#include "scanline/datasets/source.hpp"
#include "scanline/framework/core/registry.hpp"

namespace scanline::datasets {

/// A registry of datasets. A row makes a Source from a Request and its own options.
using Sources = Registry<Source, const Request&>;

/// Returns the rows from mnist to npz, and numbers. A program may add rows of its own.
Sources built_in();

}  // namespace scanline::datasets
