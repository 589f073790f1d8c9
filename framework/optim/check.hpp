#pragma once

namespace scanline::optim {

/// @throws Error, naming the class `owner`, its option and its value, unless the value is finite
/// and
///   at least 0.
void check_not_negative(const char* owner, const char* option, double value);

/// @throws Error, naming the class `owner`, its option and its value, unless 0 <= value < 1.
void check_below_one(const char* owner, const char* option, double value);

}  // namespace scanline::optim
