#pragma once

namespace scanline {

/// Whether arithmetic takes denormal numbers, those closer to 0 than the smallest normal one (about
/// 1e-38 for float32), for 0, as torch.set_flush_denormal does. Processors compute with denormal
/// numbers many times more slowly. They are kept at first, and results that have some change with
/// this.
///
/// It holds for the calling thread, for the threads of `parallel_for`, which are started anew, and
/// for all threads that these start later. Not to be called from within `parallel_for`, nor while
/// another thread computes.
///
/// Returns whether the processor can do it: x86-64 and 64-bit Arm can. Where it cannot, nothing is
/// changed.
/// @throws Error when the threads of `parallel_for` cannot be started again. The calling thread has
///   the mode then, and computes alone.
bool set_flush_denormal(bool flush);

}  // namespace scanline
