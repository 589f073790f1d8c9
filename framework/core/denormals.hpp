#pragma once

namespace scanline {

/// Sets whether arithmetic flushes denormal numbers to 0, as torch.set_flush_denormal does.
/// Denormal numbers are closer to 0 than the smallest normal number (about 1e-38 for float32), and
/// processors compute with them many times more slowly. By default they are kept. Flushing them
/// changes results that contain denormal numbers.
///
/// The mode is set for the calling thread, for the threads of `parallel_for`, which are started
/// again, and for all threads that these start later. Do not call this function within
/// `parallel_for`, or while another thread computes.
///
/// Returns whether the processor supports this: x86-64 and 64-bit Arm do. On others nothing is
/// changed.
/// @throws Error when the threads of `parallel_for` cannot be started again. The mode is then set
/// for
///   the calling thread, which computes without other threads.
bool set_flush_denormal(bool flush);

}  // namespace scanline
