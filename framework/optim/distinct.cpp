#include "scanline/framework/optim/distinct.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <tuple>

#include "scanline/framework/core/error.hpp"

namespace scanline::optim {

void check_distinct(const char* owner, const std::vector<Tensor>& parameters) {
  struct Range {
    const std::byte *begin, *end;
    std::size_t number;
  };
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    check_defined(owner, parameters[i]);
    const Array& value = parameters[i].value();
    if (value.size() > 0) ranges.push_back({value.raw(), value.raw() + value.bytes(), i});
  }
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
    return std::tie(a.begin, a.number) < std::tie(b.begin, b.number);
  });
  // If any two overlap, then so do two neighbours.
  const auto overlap = std::adjacent_find(
      ranges.begin(), ranges.end(),
      [](const Range& first, const Range& second) { return second.begin < first.end; });
  if (overlap == ranges.end()) return;
  const auto [low, high] = std::minmax(overlap[0].number, overlap[1].number);
  throw Error(
      fmt::format("{}: expected parameters without common elements, found that number {} and {} "
                  "share some",
                  owner, low, high));
}

}  // namespace scanline::optim
