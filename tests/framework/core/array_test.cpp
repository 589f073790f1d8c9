#include "scanline/framework/core/array.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::values;
using Values = std::vector<double>;

TEST_CASE("arrays are made with elements of every type") {
  for (const DType dtype : {DType::float32, DType::float64, DType::int64}) {
    INFO(name(dtype));
    const Array full = Array::full({2, 3}, 7, dtype);
    CHECK(full.dtype() == dtype);
    CHECK(full.rank() == 2);
    CHECK(full.bytes() == 6 * size_of(dtype));
    CHECK(values(full) == Values(6, 7));
    CHECK(values(Array::zeros({2}, dtype)) == Values{0, 0});
    CHECK(Array::scalar(5, dtype).shape() == Shape{});
    CHECK(Array::scalar(5, dtype).item() == 5);
    CHECK(Array::zeros({3, 0}, dtype).size() == 0);
  }
  CHECK_FALSE(Array().defined());
}

TEST_CASE("arrays are made from adjacent values, as many as the shape has elements") {
  const std::vector<float> floats{1, 2, 3, 4};
  const Array a = Array::from(floats, {2, 2});
  CHECK(a.dtype() == DType::float32);
  CHECK(a.shape() == Shape{2, 2});
  CHECK(values(a) == Values{1, 2, 3, 4});
  CHECK(a.raw() != reinterpret_cast<const std::byte*>(floats.data()));
  CHECK(Array::from(std::vector<double>{}).shape() == Shape{0});
  CHECK(values(Array::from(std::array{1.5, 2.5})) == Values{1.5, 2.5});
  const std::int64_t integers[] = {3, 4, 5};
  CHECK(Array::from(integers).shape() == Shape{3});
  CHECK(Array::from(std::span(integers).subspan(1), {2, 1}).dtype() == DType::int64);
  CHECK_THROWS_WITH(Array::from(floats, {5}), "array: shape (5,) needs 5 values, got 4");
  CHECK_THROWS_WITH(Array::from(floats, {3}), "array: shape (3,) needs 3 values, got 4");
}

TEST_CASE("elements begin on a cache line") {
  for (const Index size : {0, 1, 17, 1000})
    CHECK(reinterpret_cast<std::uintptr_t>(Array({size}, DType::float32).raw()) % 64 == 0);
}

TEST_CASE("arrays that no memory could hold are refused") {
  // The number of elements fits into an Index, that of bytes does not.
  CHECK_THROWS_AS(Array({Index{1} << 61}, DType::float64), Error);
  CHECK_THROWS_AS(Array({(Index{1} << 60) - 1}, DType::float64), Error);
  CHECK_THROWS_AS(Array({Index{1} << 40, Index{1} << 40}, DType::float32), Error);
}

TEST_CASE("copies, reshapes and rows share their elements; copy() does not") {
  const Array a = test::array({0, 1, 2, 3, 4, 5}, {3, 2});
  const Array handle = a, flat = a.reshape({6}), last = a.rows(2, 3), own = a.copy();
  a.fill(9);
  CHECK(handle.at(0) == 9);
  CHECK(values(flat) == Values(6, 9));
  CHECK(values(last) == Values{9, 9});
  CHECK(values(own) == Values{0, 1, 2, 3, 4, 5});
}

TEST_CASE("rows are cut from the first axis, also from rows") {
  const Array a = test::array({0, 1, 2, 3, 4, 5, 6, 7}, {4, 2});
  CHECK(values(a.rows(1, 3)) == Values{2, 3, 4, 5});
  CHECK(values(a.rows(1, 4).rows(1, 2)) == Values{4, 5});
  CHECK(a.rows(2, 2).shape() == Shape{0, 2});
  CHECK(a.rows(4, 4).size() == 0);
  CHECK(a.rows(2, 2).rows(0, 0).size() == 0);
  CHECK_THROWS_AS(a.rows(3, 5), Error);
  CHECK_THROWS_AS(a.rows(-1, 2), Error);
  CHECK_THROWS_AS(a.rows(2, 1), Error);
  CHECK_THROWS_AS(Array::scalar(1).rows(0, 1), Error);
  CHECK_THROWS_WITH(a.reshape({3, 3}), "reshape: (4, 2) to (3, 3): 8 and 9 elements");
}

TEST_CASE("assigning converts between all element types and lets others see it") {
  const DType dtypes[] = {DType::float32, DType::float64, DType::int64};
  for (const DType from : dtypes) {
    for (const DType to : dtypes) {
      const Array source = test::array({1, -2, 3}).to(from), target = Array::zeros({3}, to);
      const Array seen = target;
      target.assign(source);
      CHECK(values(seen) == Values{1, -2, 3});
      CHECK(source.to(to).dtype() == to);
      CHECK(values(source.to(to)) == Values{1, -2, 3});
    }
  }
  CHECK_THROWS_WITH(Array::zeros({2}).assign(Array::zeros({3})),
                    "assign: shapes (2,) and (3,) differ");
  const Array same = Array::zeros({1});
  CHECK(same.to(DType::float32).raw() == same.raw());
  // Overlapping rows of one array.
  const Array a = test::array({0, 1, 2, 3});
  a.rows(1, 4).assign(a.rows(0, 3));
  CHECK(values(a) == Values{0, 0, 1, 2});
}

TEST_CASE("elements are only seen as what they are") {
  CHECK_THROWS_WITH(Array::zeros({2}).data<double>(), "array: holds float32 elements, not float64");
  CHECK_THROWS_AS(Array::zeros({2}).data<std::int64_t>(), Error);
  CHECK_THROWS_WITH(Array::zeros({2}).item(),
                    "item: needs an array of one element, got shape (2,)");
  CHECK_THROWS_WITH(check_same_dtype("add", DType::float32, DType::int64),
                    "add: element types float32 and int64 differ");
}

TEST_CASE("arrays count the changes in place of all that share their storage") {
  const Array a = test::array({0, 1, 2, 3}, {2, 2});
  const Array flat = a.reshape({4}), last = a.rows(1, 2), own = a.copy();
  const auto before = a.version(), own_before = own.version();
  last.fill(5);
  CHECK(a.version() == before + 1);
  flat.assign(test::array({1, 2, 3, 4}));
  CHECK(last.version() == before + 2);
  a.mark_changed();
  CHECK(flat.version() == before + 3);
  CHECK(own.version() == own_before);
  CHECK(Array::zeros({3}).version() == Array::zeros({3}).version());
}

TEST_CASE("an array that refers to nothing says so") {
  const Array none, one = Array::scalar(1);
  CHECK(none.size() == 0);
  CHECK_THROWS_WITH(none.item(),
                    "item: expected a defined tensor or array, found an undefined one");
  CHECK_THROWS_WITH(none.shape(),
                    "array: expected a defined tensor or array, found an undefined one");
  CHECK_THROWS_AS(none.at(0), Error);
  CHECK_THROWS_AS(none.copy(), Error);
  CHECK_THROWS_AS(none.fill(0), Error);
  CHECK_THROWS_AS(none.assign(one), Error);
  CHECK_THROWS_AS(one.assign(none), Error);
  CHECK_THROWS_AS(none.assign(none), Error);
  CHECK_THROWS_AS(none.to(DType::float64), Error);
  CHECK_THROWS_AS(none.to(DType::float32), Error);
  CHECK_THROWS_AS(none.reshape({0}), Error);
  CHECK_THROWS_AS(none.rows(0, 0), Error);
  CHECK_THROWS_AS(none.dtype(), Error);
  CHECK_THROWS_AS(none.rank(), Error);
  CHECK_THROWS_AS(none.raw(), Error);
  CHECK_THROWS_AS(none.data<float>(), Error);
  CHECK_THROWS_AS(none.version(), Error);
  CHECK_THROWS_AS(none.mark_changed(), Error);
}
