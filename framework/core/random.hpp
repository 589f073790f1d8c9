#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// The purpose of random numbers. It is part of a stream's key, so that drawing more numbers for
/// one purpose never changes those for another. The framework never draws for `user`, which is for
/// programs that use the framework. Files contain these values, so new purposes are only appended.
enum class Purpose : std::uint32_t {
  model = 0,
  shuffle = 1,
  validation_split = 2,
  augment = 3,
  user = 4
};

/// A stream of random numbers, fully determined by (seed, purpose, epoch, item): two streams of the
/// same key are equal wherever and whenever they are drawn, and streams of different keys are
/// independent. Streams share no state, so threads, prefetching and resuming change no result.
///
/// The generator is Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011). The distributions are our own, since those of the standard library differ between
/// implementations.
class Random {
 public:
  /// The stream of that key, from its beginning.
  Random(std::uint64_t seed, Purpose purpose, std::uint32_t epoch = 0, std::uint32_t item = 0);

  /// The same stream from its `position`-th 32 bits on, counted from its beginning.
  Random from(Index position) const;

  /// 32 random bits.
  std::uint32_t bits();
  /// Writes the results of `count` calls of `bits`, in less time.
  void fill_bits(std::uint32_t* to, Index count);
  /// Uniform in [0, 1), a multiple of 2^-24 (exact in float32).
  double uniform();
  /// Uniform in [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Standard normal, by the Box-Muller transform.
  double normal();
  /// Uniform among 0 .. n-1, without bias. Requires 0 < n <= 2^32.
  Index below(Index n);

  /// Brings `count` elements into a random order (Fisher-Yates, from the last to the first).
  template <class T>
  void shuffle(T* values, Index count) {
    for (Index i = count - 1; i > 0; --i) std::swap(values[i], values[below(i + 1)]);
  }

 private:
  /// The next numbers of the generator.
  std::array<std::uint32_t, 4> next_block();

  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 3> words_;  // the item, the epoch and the purpose
  std::uint64_t block_number_ = 0;      // of the next block
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;  // numbers of block_ already handed out
};

/// The state of the default stream, which is what it needs to continue exactly there.
struct RandomState {
  std::uint64_t seed = 1;   // key of the streams
  std::uint64_t draws = 0;  // streams handed out
};

/// Sets the state of the process' default stream. Initialisers and dropout use this stream, in
/// program order on one thread, and each call takes a new stream.
void set_default_random_state(RandomState state);
/// The state of the default stream, which `set_default_random_state` can restore.
RandomState default_random_state();
/// The stream for the next call. Advances the default state by one.
Random next_default_random();

}  // namespace scanline
