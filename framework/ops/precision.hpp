#pragma once

namespace scanline {

/// What the fused recurrent layers multiply when they compute in float32.
enum class Precision {
  float32,
  bf16,  // rounded to bfloat16, with 8 bits of precision instead of 24
};

/// Sets the precision of training: of forward passes that are recorded, and of their backward
/// passes. With bf16 the weights, states and gradients that are multiplied with each other are
/// rounded; their products are added up in float32, and everything else is float32 as it was.
/// Passes under NoGrad, and layers in float64, stay as they are. Counts for the whole process;
/// float32 at first.
/// @throws Error when the processor has no instructions for bfloat16 (AVX512-BF16).
void set_training_precision(Precision precision);

/// The precision of training.
Precision training_precision();

}  // namespace scanline
