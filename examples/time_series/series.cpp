#include "series.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "scanline/framework/core/random.hpp"

namespace time_series {

using scanline::Purpose;
using scanline::Random;

Series noisy_sines(std::uint64_t seed) {
  Random random(seed, Purpose::user);
  Series series{"sines", "value", {}, 24};
  for (int t = 0; t < 3000; ++t) {
    const auto wave = [&](double period) { return std::sin(2 * std::numbers::pi * t / period); };
    series.values.push_back(wave(24) + 0.6 * wave(37.7) + 0.3 * wave(9.1) + 0.2 * random.normal());
  }
  return series;
}

Series sunspot_like(std::uint64_t seed) {
  Random random(seed, Purpose::user);
  Series series{"sunspots", "number of the month", {}, 132};
  while (series.values.size() < 3000) {
    const auto months = static_cast<int>(random.uniform(9, 14) * 12);
    const double height = random.uniform(80, 220);
    for (int month = 0; month < months; ++month) {
      const double phase = std::pow((month + 0.5) / months, 0.75);
      const double level = height * std::pow(std::sin(std::numbers::pi * phase), 2);
      series.values.push_back(std::max(0.0, level + (3 + 0.1 * level) * random.normal()));
    }
  }
  series.values.resize(3000);
  return series;
}

}  // namespace time_series
