#include "scanline/framework/core/gemm.hpp"

#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"

namespace scanline {
namespace {

/// Output rows of a tile: OpenBLAS packs the whole of B for each tile, which pays from here on.
constexpr Index tile_rows = 64;
/// Below so many multiplications, waking another thread costs more than it brings.
constexpr Index smallest_parallel_product = Index{1} << 20;

void call_blas(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const float* a, int lda,
               const float* b, int ldb, float beta, float* c, int ldc) {
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}

void call_blas(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const double* a,
               int lda, const double* b, int ldb, double beta, double* c, int ldc) {
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}

int blas_int(Index value) {
  if (value > std::numeric_limits<int>::max())
    throw Error(fmt::format("gemm: an extent of {} is more than BLAS can count", value));
  return static_cast<int>(value);
}

template <class T>
void tiled_gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const T* a,
                Index lda, const T* b, Index ldb, T beta, T* c, Index ldc) {
  const int blas_n = blas_int(n), blas_k = blas_int(k);
  // BLAS refuses a leading dimension of 0, which an empty matrix has.
  const int blas_lda = blas_int(std::max<Index>(lda, 1)),
            blas_ldb = blas_int(std::max<Index>(ldb, 1)),
            blas_ldc = blas_int(std::max<Index>(ldc, 1));
  blas_int(m);
  const bool parallel = m > tile_rows && m * n * k >= smallest_parallel_product;
  const Index rows = parallel ? tile_rows : std::max<Index>(m, 1);
  parallel_for_ranges(m, rows, [&](Index first, Index end) {
    use_one_blas_thread();  // the tiles are the parallelism
    call_blas(transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans,
              static_cast<int>(end - first), blas_n, blas_k,
              a + (transpose_a ? first : first * lda), blas_lda, b, blas_ldb, beta, c + first * ldc,
              blas_ldc);
  });
}

}  // namespace

void use_one_blas_thread() {
  // In OpenBLAS' OpenMP flavour the setting belongs to the calling thread, so each has to make it;
  // in the others it belongs to the process, where anybody may have changed it.
  thread_local bool has_set = false;
  if (has_set && openblas_get_num_threads() == 1) return;
  openblas_set_num_threads(1);
  has_set = true;
}

void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const float* a, Index lda,
          const float* b, Index ldb, float beta, float* c, Index ldc) {
  tiled_gemm(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const double* a, Index lda,
          const double* b, Index ldb, double beta, double* c, Index ldc) {
  tiled_gemm(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

}  // namespace scanline
