#pragma once

namespace scanline {

/// The precision of the factors that the fused recurrent layers multiply when they train in
/// float32.
enum class Precision {
  float32,  // the numbers themselves
  bf16,     // the numbers rounded to bfloat16, with 8 bits of precision instead of 24
};

/// Sets the precision of training: of forward passes that are recorded, and of their backward
/// passes. With bf16 the weights, states and gradients that are multiplied with each other are
/// rounded; their products are added up in float32, and everything else is computed in float32.
/// Passes under NoGrad, and layers in float64, are not affected. The precision is set for the whole
/// process, and is float32 by default.
/// @throws Error when the processor has no instructions for bfloat16 (AVX512-BF16).
void set_training_precision(Precision precision);

/// The present precision of training.
Precision training_precision();

}  // namespace scanline
