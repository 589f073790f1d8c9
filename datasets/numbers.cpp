#include "scanline/datasets/numbers.hpp"

#include "scanline/datasets/formats.hpp"
#include "scanline/datasets/registry.hpp"

namespace scanline::datasets {
namespace {

constexpr WholeRange digit_limits{1, 64}, spacing_limits{-14, 100};

std::unique_ptr<Source> images_of(const Request& request) {
  const std::string format =
      request.directory.empty() ? "mnist" : detect(built_in_formats(), request.directory);
  return built_in().choose(format)->make(request);
}

}  // namespace

void Numbers::Options::declare(Fields& fields) {
  fields.add("digits", digits, "Digits in a line: a range such as 1..8, or one number")
      .checked([this] { parse_range(digits, digit_limits); })
      .placeholder = "RANGE";
  fields
      .add("spacing", spacing,
           "Columns between the ink of neighbours in a line: a range such as 0..8, or one number; "
           "below 0 they overlap")
      .checked([this] { parse_range(spacing, spacing_limits); })
      .placeholder = "RANGE";
}

Numbers::Numbers(const Request& request, const Options& options)
    : request_(request),
      images_(images_of(request)),
      style_{.digits = parse_range(options.digits, digit_limits),
             .spacing = parse_range(options.spacing, spacing_limits)} {}

Dataset Numbers::read(Part part) const {
  Dataset images = datasets::load(*images_, part, request_);
  images.name = "numbers";
  images.lines = style_;
  return images;
}

}  // namespace scanline::datasets
