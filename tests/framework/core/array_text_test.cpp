#include <limits>
#include <sstream>
#include <string>

#include "scanline/framework/core/array.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::array;
using test::indices;

namespace {

Array counting(const Shape& shape) {
  const Array result(shape, DType::int64);
  for (Index i = 0; i < result.size(); ++i) result.data<std::int64_t>()[i] = i;
  return result;
}

}  // namespace

TEST_CASE("arrays are printed in nested brackets, elements below each other") {
  CHECK(to_string(Array()) == "array(undefined)");
  CHECK(to_string(Array::scalar(2.5)) == "array(2.5, dtype=float32)");
  CHECK(to_string(indices({1, -2})) == "array([ 1, -2], dtype=int64)");
  CHECK(to_string(array({1, 2.5, -3, 400}, {2, 2})) ==
        "array([[  1, 2.5],\n"
        "       [ -3, 400]], dtype=float64)");
  CHECK(to_string(counting({2, 2, 1})) ==
        "array([[[0],\n"
        "        [1]],\n"
        "\n"
        "       [[2],\n"
        "        [3]]], dtype=int64)");
  CHECK(to_string(Array::zeros({2, 0})) == "array([], shape=(2, 0), dtype=float32)");
  std::ostringstream text;
  text << array({0.5});
  CHECK(text.str() == "array([0.5], dtype=float64)");
}

TEST_CASE("numbers are printed with six digits, whole numbers with all") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(to_string(array({1.0 / 3})) == "array([0.333333], dtype=float64)");
  CHECK(to_string(Array::full({1}, 0.1)) == "array([0.1], dtype=float32)");
  CHECK(to_string(array({1e-20, 123456789})) == "array([      1e-20, 1.23457e+08], dtype=float64)");
  CHECK(to_string(array({-infinity, std::nan("")})) == "array([-inf,  nan], dtype=float64)");
  CHECK(to_string(indices({std::numeric_limits<std::int64_t>::max()})) ==
        "array([9223372036854775807], dtype=int64)");
}

TEST_CASE("long rows continue in the next line") {
  CHECK(to_string(counting({30})) ==
        "array([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
        "       18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29], dtype=int64)");
}

TEST_CASE("of large arrays the ends of each axis are printed, and the shape") {
  CHECK(to_string(counting({1001})) ==
        "array([   0,    1,    2, ...,  998,  999, 1000], shape=(1001,), dtype=int64)");
  CHECK(to_string(counting({1000})).find("...") == std::string::npos);
  CHECK(to_string(counting({500, 4})) ==
        "array([[   0,    1,    2,    3],\n"
        "       [   4,    5,    6,    7],\n"
        "       [   8,    9,   10,   11],\n"
        "       ...,\n"
        "       [1988, 1989, 1990, 1991],\n"
        "       [1992, 1993, 1994, 1995],\n"
        "       [1996, 1997, 1998, 1999]], shape=(500, 4), dtype=int64)");
  CHECK(to_string(counting({200, 300, 400})).size() < 3000);
}
