#include "chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace time_series {
namespace {

constexpr double width = 900, height = 320, left = 60, right = 880, top = 50, bottom = 280;

std::string text(double x, double y, const std::string& anchor, const std::string& content) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     content);
}

}  // namespace

std::string chart(const std::string& title, const std::string& quantity,
                  const std::vector<Line>& lines) {
  double low = lines[0].values[0], high = low;
  for (const Line& line : lines)
    for (const double value : line.values) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  const auto steps = static_cast<double>(lines[0].values.size() - 1);
  const auto x = [&](double step) { return left + (right - left) * step / steps; };
  const auto y = [&](double value) {
    return bottom - (bottom - top) * (value - low) / (high - low);
  };

  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
      width, height);
  svg += text(left, 24, "start", title) + text(right, height - 8, "end", "time step");
  svg += fmt::format(
      "<text transform=\"translate(16 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
      (top + bottom) / 2, quantity);

  // Marks at multiples of a power of ten, or of a half or a fifth of it.
  double unit = std::pow(10, std::ceil(std::log10(high - low)));
  for (const double part : {2.0, 2.5, 2.0})
    if ((high - low) / unit < 4) unit /= part;
  for (double mark = unit * std::ceil(low / unit); mark <= high; mark += unit) {
    svg += fmt::format("<path d=\"M{0} {2:.1f}H{1}\" stroke=\"#ddd\"/>\n", left, right, y(mark));
    svg += text(left - 8, y(mark) + 4, "end", fmt::format("{:.4g}", mark + 0.0));
  }
  for (double step = 0; step <= steps; step += 50)
    svg += text(x(step), bottom + 18, "middle", fmt::format("{}", step));

  double legend = right;
  for (const Line& line : lines) {
    std::string points;
    for (std::size_t i = 0; i < line.values.size(); ++i)
      points += fmt::format("{:.1f},{:.1f} ", x(static_cast<double>(i)), y(line.values[i]));
    const double stroke = &line == &lines[0] ? 3 : 1.5;
    svg +=
        fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>\n",
                    points, line.colour, stroke);
    legend -= 8.0 * static_cast<double>(line.name.size());
    svg += text(legend, 24, "start", line.name);
    svg += fmt::format("<path d=\"M{} 20h-24\" stroke=\"{}\" stroke-width=\"{}\"/>\n", legend - 8,
                       line.colour, stroke);
    legend -= 8 + 24 + 20;
  }
  return svg + "</svg>\n";
}

}  // namespace time_series
