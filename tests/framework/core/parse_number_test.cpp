#include "scanline/framework/core/parse_number.hpp"

#include <cmath>
#include <cstdint>

#include "tests/catch.hpp"

using scanline::parse_number;

TEST_CASE("a number is read where the whole text is one") {
  CHECK(parse_number<int>("42") == 42);
  CHECK(parse_number<int>("-7") == -7);
  CHECK(parse_number<int>("007") == 7);
  CHECK(parse_number<std::uint64_t>("18446744073709551615") == UINT64_MAX);
  CHECK(parse_number<double>("1e-3") == 0.001);
  CHECK(std::isnan(parse_number<double>("nan").value()));
  for (const char* text : {"", " 1", "1 ", "+1", "0x1", "1.5", "1,5", "a", "99999999999"})
    CHECK_FALSE(parse_number<int>(text));
  for (const char* text : {"", " 1", "1e", "0x1p3x", "1,5", "1e999"})
    CHECK_FALSE(parse_number<double>(text));
}
