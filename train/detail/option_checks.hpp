#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace scanline::train {

/// A check for options: accepts finite numbers from `low` to `high`, or, where `low_excluded`, from
/// above `low`.
CLI::Validator number_within(double low, double high, bool low_excluded = false);

/// A transformation for options: accepts whole numbers from `low` to `high`, written in decimal
/// digits, and drops leading zeros. The parser itself would take 010 for 8.
CLI::Validator whole_number(std::uint64_t low, std::uint64_t high);

/// A check for options: accepts one of these names. Where another one is found, the error suggests
/// the nearest of them.
CLI::Validator one_of(const std::vector<std::string>& names);

/// A check for options: refuses an empty text, such as an unset variable of a script leaves.
CLI::Validator not_empty();

}  // namespace scanline::train
