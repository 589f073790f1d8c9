#include "scanline/train/detail/answer_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace scanline::train {

using Json = nlohmann::ordered_json;

Json box_json(const datasets::Box& box) {
  return {std::lround(box.left), std::lround(box.top), std::lround(box.right),
          std::lround(box.bottom)};
}

Json digits_json(const std::vector<DigitAnswer>& digits) {
  Json list = Json::array();
  for (const DigitAnswer& digit : digits)
    list.push_back({{"class", digit.class_name},
                    {"probability", digit.probability},
                    {"box", box_json(digit.box)}});
  return list;
}

}  // namespace scanline::train
