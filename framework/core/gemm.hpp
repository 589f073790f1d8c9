#pragma once

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// Lets BLAS and LAPACK use only the calling thread, so that their results have the same bits on
/// any machine with the same instructions. Call it before each call of BLAS or LAPACK.
void use_one_blas_thread();

/// C = op(A) op(B) + beta C through OpenBLAS, row-major, where op transposes if its flag is set:
/// op(A) is (m, k), op(B) is (k, n), C is (m, n). `lda`, `ldb` and `ldc` count the elements from
/// one row of the *stored* matrix to the next. With beta = 0, C need not be initialised.
///
/// Large products are divided into tiles of output rows for the threads of the pool. The division
/// depends only on the sizes, and BLAS itself runs on one thread, so the result has the same bits
/// on any number of threads.
///
/// @throws Error when an extent exceeds what BLAS can count (2^31 - 1).
void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const float* a, Index lda,
          const float* b, Index ldb, float beta, float* c, Index ldc);
/// The product above in double precision.
void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const double* a, Index lda,
          const double* b, Index ldb, double beta, double* c, Index ldc);

}  // namespace scanline
