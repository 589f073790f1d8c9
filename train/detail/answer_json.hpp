#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "scanline/train/predictions.hpp"

namespace scanline::train {

/// Left, top, right and bottom, in whole pixels.
nlohmann::ordered_json box_json(const datasets::Box& box);

/// The class, the probability and the box of each digit of a line.
nlohmann::ordered_json digits_json(const std::vector<DigitAnswer>& digits);

}  // namespace scanline::train
