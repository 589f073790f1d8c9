#pragma once

#include <chrono>
#include <cstdint>

/// How fast `run`, which takes `batch_size` images through a network, is when called again and
/// again for a second, after some calls that warm it up.
template <class Run>
double images_per_second(std::int64_t batch_size, const Run& run) {
  using Seconds = std::chrono::duration<double>;
  const auto calls_per_second = [&run](Seconds duration) {
    const auto start = std::chrono::steady_clock::now();
    std::int64_t calls = 0;
    Seconds elapsed{};
    do {
      run();
      ++calls;
      elapsed = std::chrono::steady_clock::now() - start;
    } while (elapsed < duration);
    return static_cast<double>(calls) / elapsed.count();
  };
  calls_per_second(Seconds(0.3));
  return static_cast<double>(batch_size) * calls_per_second(Seconds(1));
}
