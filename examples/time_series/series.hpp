#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace time_series {

/// Values at equal distances of time.
struct Series {
  std::string name;
  std::string quantity;  // what the values are
  std::vector<double> values;
  scanline::Index period;  // after which it is about the same again
};

/// Three sines whose periods have nothing in common, and noise with a standard deviation of 0.2.
Series noisy_sines(std::uint64_t seed);

/// A series of the looks of the monthly numbers of sunspots, computed: cycles of 9 to 14 years that
/// rise faster than they fall, each of a height of its own, with noise that grows with the number.
Series sunspot_like(std::uint64_t seed);

}  // namespace time_series
