#include "scanline/datasets/detail/pixel_scale.hpp"

#include <fmt/format.h>

#include <cmath>

#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {

void declare_max_value(Fields& fields, std::optional<double>& max_value) {
  fields
      .add("max-value", max_value, {0, 1e12, /*low_excluded=*/true},
           "Pixel value that stands for white [255; 65535 for 16 bits, 1 for real numbers up to 1]")
      .placeholder = "X";
}

double white_of(const ElementType& type, double largest, const std::optional<double>& max_value) {
  using Kind = ElementType::Kind;
  if (max_value) return *max_value;
  if (type.kind == Kind::boolean) return 1;
  if (type.kind == Kind::real) return largest <= 1 ? 1 : 255;
  return type.kind == Kind::unsigned_integer && type.size == 2 ? 65535 : 255;
}

std::uint8_t to_pixel(double value, double white) {
  return static_cast<std::uint8_t>(std::lround(value / white * 255));
}

std::string expected_value(double value, double white, const std::optional<double>& max_value) {
  return fmt::format("a number from 0 to {}{}", white,
                     value > white && !max_value ? ", or --max-value with the largest" : "");
}

void note_on_range(const std::function<void(const std::string& line)>& note,
                   const std::filesystem::path& file, double largest, double white) {
  if (!note || largest <= 0 || largest > white / 2) return;
  note(fmt::format("{}: the largest value is {} of {}; --max-value {} would use the full range",
                   printable(file.string()), largest, white, largest));
}

}  // namespace scanline::datasets
