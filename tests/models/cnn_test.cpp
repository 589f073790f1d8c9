#include "scanline/models/cnn.hpp"

#include "scanline/models/registry.hpp"
#include "tests/catch.hpp"

using namespace scanline;

TEST_CASE("a cnn doubles its channels at each level, and reads all of the last one") {
  models::Cnn cnn({.rows = 28, .columns = 27, .classes = 10},
                  {.hidden_size = 4, .layers = 2, .dropout = 0.3});
  const NamedArrays values = cnn.state_dict();
  CHECK(values.at("features.0.weight").shape() == Shape{4, 1, 3, 3});
  CHECK(values.at("features.3.weight").shape() == Shape{4, 4, 3, 3});
  CHECK(values.at("features.7.weight").shape() == Shape{8, 4, 3, 3});
  CHECK(values.at("features.11.running_var").shape() == Shape{8});
  CHECK(values.at("fc.weight").shape() == Shape{10, 7 * 7 * 8});
  CHECK(cnn.parameter_count() ==
        9 * (4 + 4 * 4 + 4 * 8 + 8 * 8) + 2 * (4 + 4 + 8 + 8) + 10 * (7 * 7 * 8 + 1));
}
