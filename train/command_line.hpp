#pragma once

#include "scanline/train/catalogue.hpp"

namespace scanline::train {

/// The whole command line: parses the arguments and runs the subcommand with what `catalogue` has.
/// Returns the exit status: 0 when done, 1 for bad input or a failure, 2 for wrong usage; the last
/// two with one line on standard error.
int main(int argc, const char* const* argv, const Catalogue& catalogue);

}  // namespace scanline::train
