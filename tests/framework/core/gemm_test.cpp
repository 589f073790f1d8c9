#include "scanline/framework/core/gemm.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

// For a second opinion; the framework itself calls BLAS directly.
#include <xtensor-blas/xlinalg.hpp>

#include "scanline/framework/core/array_view.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::random_array;

namespace {

struct Sizes {
  Index m, n, k;
};

const Sizes ragged[] = {{1, 1, 1},   {1, 7, 3},   {5, 1, 2},  {3, 4, 1},     {2, 3, 5},
                        {7, 5, 11},  {0, 3, 2},   {3, 0, 2},  {3, 2, 0},     {0, 0, 0},
                        {17, 33, 9}, {64, 16, 8}, {65, 2, 3}, {128, 65, 31}, {131, 129, 127}};

/// C = op(A) op(B) + beta C element by element, in double.
template <class T>
void naive_gemm(bool ta, bool tb, Sizes s, const T* a, Index lda, const T* b, Index ldb,
                double beta, T* c, Index ldc) {
  for (Index i = 0; i < s.m; ++i) {
    for (Index j = 0; j < s.n; ++j) {
      double sum = beta == 0 ? 0 : beta * static_cast<double>(c[i * ldc + j]);
      for (Index l = 0; l < s.k; ++l)
        sum += static_cast<double>(ta ? a[l * lda + i] : a[i * lda + l]) *
               static_cast<double>(tb ? b[j * ldb + l] : b[l * ldb + j]);
      c[i * ldc + j] = static_cast<T>(sum);
    }
  }
}

/// Random matrices for sizes, with `gap` elements between their rows.
struct Operands {
  Operands(DType dtype, bool ta, bool tb, Sizes s, Index gap)
      : lda((ta ? s.m : s.k) + gap),
        ldb((tb ? s.k : s.n) + gap),
        ldc(s.n + gap),
        a(random_array({ta ? s.k : s.m, lda}, 1, -1, 1, dtype)),
        b(random_array({tb ? s.n : s.k, ldb}, 2, -1, 1, dtype)),
        c(random_array({s.m, ldc}, 3, -1, 1, dtype)) {}
  Index lda, ldb, ldc;
  Array a, b, c;
};

template <class T>
void compare_with_naive(double tolerance) {
  for (const Sizes s : ragged) {
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) {
        for (const Index gap : {0, 3}) {
          for (const double beta : {0.0, 1.0, 0.5}) {
            INFO(s.m << " x " << s.n << " x " << s.k << ", transposed " << ta << tb << ", gap "
                     << gap << ", beta " << beta);
            const Operands o(dtype_of<T>(), ta, tb, s, gap);
            const Array expected = o.c.copy();
            naive_gemm(ta, tb, s, o.a.data<T>(), o.lda, o.b.data<T>(), o.ldb, beta,
                       expected.data<T>(), o.ldc);
            gemm(ta, tb, s.m, s.n, s.k, o.a.data<T>(), o.lda, o.b.data<T>(), o.ldb,
                 static_cast<T>(beta), o.c.data<T>(), o.ldc);
            // Also what stands between the rows, which must be left alone.
            CHECK(test::distance(o.c, expected) < tolerance);
          }
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("gemm is the triple loop") {
  compare_with_naive<float>(3e-5);
  compare_with_naive<double>(1e-13);
}

TEST_CASE("gemm is xtensor-blas' dot") {
  for (const Sizes s : {Sizes{3, 5, 2}, Sizes{70, 40, 90}}) {
    const Operands o(DType::float64, false, false, s, 0);
    gemm(false, false, s.m, s.n, s.k, o.a.data<double>(), o.lda, o.b.data<double>(), o.ldb, 0.0,
         o.c.data<double>(), o.ldc);
    const xt::xarray<double> a = view<double>(o.a), b = view<double>(o.b);
    const xt::xarray<double> expected = xt::linalg::dot(a, b);
    CHECK(xt::allclose(view<double>(o.c), expected, 1e-13, 1e-13));
    // The same through the transposes, which have the other matrices' layout.
    const xt::xarray<double> at = xt::transpose(a), bt = xt::transpose(b);
    gemm(true, true, s.m, s.n, s.k, at.data(), s.m, bt.data(), s.k, 0.0, o.c.data<double>(), o.ldc);
    CHECK(xt::allclose(view<double>(o.c), expected, 1e-13, 1e-13));
  }
}

TEST_CASE("with beta 0, what C held does not matter") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const Sizes s : ragged) {
      INFO(name(dtype) << ", " << s.m << " x " << s.n << " x " << s.k);
      dispatch("test", dtype, [&](auto zero) {
        using T = decltype(zero);
        const Operands o(dtype, false, true, s, 0);
        o.c.fill(nan);
        gemm(false, true, s.m, s.n, s.k, o.a.data<T>(), o.lda, o.b.data<T>(), o.ldb, T{0},
             o.c.data<T>(), o.ldc);
        for (const double value : test::values(o.c)) CHECK(std::isfinite(value));
      });
    }
  }
}

TEST_CASE("gemm has the same bits on any number of threads") {
  const int before = thread_count();
  // Above and below the size from which products are cut into tiles.
  for (const Sizes s : {Sizes{513, 65, 300}, Sizes{100, 512, 28}, Sizes{30, 20, 10}}) {
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) {
        std::vector<Array> results;
        for (const int threads : {1, 2, 3, 8}) {
          set_thread_count(threads);
          const Operands o(DType::float32, ta, tb, s, 1);
          gemm(ta, tb, s.m, s.n, s.k, o.a.data<float>(), o.lda, o.b.data<float>(), o.ldb, 1.0F,
               o.c.data<float>(), o.ldc);
          results.push_back(o.c);
        }
        for (const Array& result : results)
          CHECK(std::memcmp(result.raw(), results[0].raw(),
                            static_cast<std::size_t>(result.bytes())) == 0);
      }
    }
  }
  set_thread_count(before);
}

TEST_CASE("gemm refuses extents that BLAS cannot count") {
  float number = 0;
  CHECK_THROWS_WITH(gemm(false, false, 1, Index{1} << 31, 1, &number, 1, &number, Index{1} << 31,
                         0.0F, &number, Index{1} << 31),
                    "gemm: an extent of 2147483648 is more than BLAS can count");
}
