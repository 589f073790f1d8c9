#pragma once

#include "scanline/train/catalogue.hpp"

namespace scanline::train {

/// Runs the whole command line: parses the arguments and runs the subcommand with the components in
/// `catalogue`. Returns the exit status: 0 on success, 1 for bad input or a failure, 2 for wrong
/// usage. Failures and wrong usage are reported in one line on standard error.
int main(int argc, const char* const* argv, const Catalogue& catalogue);

}  // namespace scanline::train
