#pragma once

#include <string>
#include <vector>

namespace time_series {

/// A line of a chart: values at the steps 0, 1, 2, ...
struct Line {
  std::string name, colour;  // as SVG names it
  std::vector<double> values;
};

/// An SVG picture of lines over the same steps, the first of them the one that the others are to
/// follow, with a legend. `quantity` is what the values are.
std::string chart(const std::string& title, const std::string& quantity,
                  const std::vector<Line>& lines);

}  // namespace time_series
