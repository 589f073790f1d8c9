#include "scanline/framework/optim/check.hpp"

#include <fmt/format.h>

#include <cmath>

#include "scanline/framework/core/error.hpp"

namespace scanline::optim {

void check_not_negative(const char* owner, const char* option, double value) {
  if (!(value >= 0) || std::isinf(value))
    throw Error(
        fmt::format("{}: expected a finite {} of at least 0, found {}", owner, option, value));
}

void check_below_one(const char* owner, const char* option, double value) {
  if (!(value >= 0 && value < 1))
    throw Error(fmt::format("{}: expected {} from 0 to below 1, found {}", owner, option, value));
}

}  // namespace scanline::optim
