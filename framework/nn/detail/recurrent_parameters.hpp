#pragma once

#include <functional>

#include "scanline/framework/core/array.hpp"
#include "scanline/framework/nn/recurrent_options.hpp"

namespace scanline::nn {

/// Checks the options that do not apply to a module of this kind. `name` is what errors begin with.
/// @throws Error that names such an option if it is set.
void check_applicable(const char* name, CellKind kind, const RecurrentOptions& options,
                      bool is_cell);

/// Makes the parameters of one cell that reads `inputs` features, uniform in +-1/sqrt(H).
/// `own(name, initial)` registers each of them.
RecurrentParameters make_parameters(CellKind kind, const RecurrentOptions& options, Index inputs,
                                    const std::function<Tensor(const char*, Array)>& own);

}  // namespace scanline::nn
