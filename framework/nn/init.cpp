#include "scanline/framework/nn/init.hpp"

#include <fmt/format.h>

#include <cmath>
#include <xtensor-blas/xlinalg.hpp>

#include "scanline/framework/core/array_view.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/gemm.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/core/storage.hpp"

namespace scanline::init {
namespace {

struct Fans {
  double in, out;
};

Fans fans(const char* name, const Shape& shape) {
  if (shape.rank() < 2)
    throw Error(
        fmt::format("{}: needs a weight of two axes or more, got {}", name, to_string(shape)));
  return {static_cast<double>(shape.without(0).element_count()),
          static_cast<double>(shape.without(1).element_count())};
}

}  // namespace

Array zeros(Shape shape) { return Array::zeros(shape); }

Array ones(Shape shape) { return LazyStorage::active() ? zeros(shape) : Array::full(shape, 1); }

Array uniform(Shape shape, double bound) {
  if (LazyStorage::active()) return zeros(shape);
  const Array values(shape, DType::float32);
  Random random = next_default_random();
  for (Index i = 0; i < values.size(); ++i)
    values.data<float>()[i] = static_cast<float>(random.uniform(-bound, bound));
  return values;
}

Array normal(Shape shape, double standard_deviation) {
  if (LazyStorage::active()) return zeros(shape);
  const Array values(shape, DType::float32);
  Random random = next_default_random();
  for (Index i = 0; i < values.size(); ++i)
    values.data<float>()[i] = static_cast<float>(standard_deviation * random.normal());
  return values;
}

Array glorot_uniform(Shape shape, double gain) {
  const auto [in, out] = fans("glorot_uniform", shape);
  return uniform(shape, gain * std::sqrt(6 / (in + out)));
}

Array kaiming_uniform(Shape shape) {
  return uniform(shape, std::sqrt(6 / fans("kaiming_uniform", shape).in));
}

Array orthogonal(Shape shape, double gain) {
  if (shape.rank() != 2)
    throw Error(fmt::format("orthogonal: needs a matrix, got {}", to_string(shape)));
  if (shape.element_count() == 0 || LazyStorage::active()) return zeros(shape);
  // Tall, so that the reduced decomposition's Q has as many columns as the smaller side.
  const Index rows = shape[0], columns = shape[1];
  const bool wide = columns > rows;
  const Array normals = normal(wide ? Shape{columns, rows} : shape, 1).to(DType::float64);
  use_one_blas_thread();
  const auto [q, r] = xt::linalg::qr(xt::xarray<double>(view<double>(normals)));
  const Array result(shape, DType::float32);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) {
      const Index row = wide ? j : i, column = wide ? i : j;
      const double sign = r(column, column) < 0 ? -1 : 1;
      result.data<float>()[i * columns + j] = static_cast<float>(gain * sign * q(row, column));
    }
  }
  return result;
}

}  // namespace scanline::init
