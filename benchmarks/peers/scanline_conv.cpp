// Times a convolution for compare_conv.py:
//
//   scanline_conv BATCH CHANNELS SIZE FILTERS WINDOW PADDING THREADS
//
// Prints the median milliseconds of the forward pass, without a graph, and of the backward pass,
// which computes the gradients of the filters and, of more than one channel, of the images.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/nn/conv.hpp"
#include "scanline/framework/nn/init.hpp"

using namespace scanline;

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

/// The median of what `measure` returns, over half a second.
double median(const std::function<double()>& measure) {
  std::vector<double> times;
  measure();
  for (const auto start = Clock::now(); milliseconds(start) < 500 || times.size() < 5;)
    times.push_back(measure());
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 8)
    throw Error("usage: scanline_conv BATCH CHANNELS SIZE FILTERS WINDOW PADDING THREADS");
  const auto argument = [&](int i) { return static_cast<Index>(std::atoi(argv[i])); };
  const Index channels = argument(2), size = argument(3);
  set_thread_count(static_cast<int>(argument(7)));
  nn::Conv2d conv(channels, argument(4), argument(5), {.padding = argument(6)});
  const Tensor x(init::normal({argument(1), channels, size, size}, 1), channels > 1);
  const Array grad = init::normal(conv(x).shape(), 1);
  const double forward_time = median([&] {
    const NoGrad no_grad;
    const auto start = Clock::now();
    conv(x);
    return milliseconds(start);
  });
  const double backward_time = median([&] {
    const Tensor y = conv(x);
    const auto start = Clock::now();
    backward(y, grad);
    return milliseconds(start);
  });
  std::printf("%.4f %.4f\n", forward_time, backward_time);
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
