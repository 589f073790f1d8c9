#include "scanline/framework/ops/precision.hpp"

#include <atomic>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/detail/best_kernels.hpp"

namespace scanline {
namespace {

std::atomic<Precision> precision_of_training = Precision::float32;

}  // namespace

void set_training_precision(Precision precision) {
  if (precision == Precision::bf16 && bf16_kernels() == nullptr)
    throw Error(
        "precision bf16: expected a processor with instructions for bfloat16 (AVX512-BF16), found "
        "none");
  precision_of_training = precision;
}

Precision training_precision() { return precision_of_training; }

}  // namespace scanline
