#include "scanline/framework/core/suggest.hpp"

#include "tests/catch.hpp"

using scanline::nearest;

TEST_CASE("the nearest option is suggested, and nothing far-fetched") {
  const std::vector<std::string> options{"--epochs", "--lr", "--label-smoothing", "--layers"};
  CHECK(nearest("--epoch", options) == "--epochs");
  CHECK(nearest("--label-smothing", options) == "--label-smoothing");
  CHECK(nearest("--epochs", options) == "--epochs");
  CHECK(nearest("--verbose", options).empty());
}
