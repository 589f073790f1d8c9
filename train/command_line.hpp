#pragma once

#include "scanline/models/table.hpp"

namespace scanline::train {

/// The whole command line: parses the arguments and runs the subcommand with the models of `table`.
/// Returns the exit status: 0 when done, 1 for bad input or a failure, 2 for wrong usage; the last
/// two with one line on standard error.
int main(int argc, const char* const* argv, const models::Table& table);

}  // namespace scanline::train
