#pragma once

#include <CLI/CLI.hpp>

namespace scanline::train {

/// A check for options: accepts finite numbers from `low` to `high`, or, where `low_excluded`, from
/// above `low`.
CLI::Validator number_within(double low, double high, bool low_excluded = false);

}  // namespace scanline::train
