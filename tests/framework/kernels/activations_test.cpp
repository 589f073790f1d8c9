#include <limits>

#include "scanline/framework/kernels/detail/loops.hpp"
#include "scanline/framework/ops/detail/best_kernels.hpp"
#include "tests/catch.hpp"
#include "tests/framework/kernels/activation_error.hpp"

using namespace scanline;

TEST_CASE("float sigmoid and tanh are accurate over a sample of all floats") {
  // A prime stride reaches every exponent and ever other mantissas.
  const auto& kernels = best_kernels<float>();
  const test::ActivationErrors errors =
      test::activation_errors(kernels.sigmoid, kernels.tanh, 0, 5003);
  CHECK(errors.sigmoid.absolute < 0x1p-22);
  CHECK(errors.sigmoid.relative < 0x1p-20);
  CHECK(errors.tanh.absolute < 0x1p-22);
  CHECK(errors.tanh.relative < 0x1p-21);
  CHECK(errors.nan_mistakes == 0);
}

TEST_CASE(
    "float activations inside recurrent layers are within 2^-22 over a sample of all floats") {
  // As the instructions that this test is compiled for compute them.
  const test::ActivationErrors errors =
      test::activation_errors(kernels::for_each_vector<float, kernels::sigmoid>,
                              kernels::for_each_vector<float, kernels::tanh>, 0, 5003);
  CHECK(errors.sigmoid.absolute < 0x1p-22);
  CHECK(errors.tanh.absolute < 0x1p-22);
  CHECK(errors.nan_mistakes == 0);
}

TEMPLATE_TEST_CASE("sigmoid and tanh have their limits", "", float, double) {
  using T = TestType;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const T in[] = {-infinity, T{-1000}, T{-0.0}, T{0}, T{1000}, infinity};
  T s[6], t[6];
  const kernels::Kernels<T>& kernels = best_kernels<T>();
  kernels.sigmoid(in, s, 6);
  kernels.tanh(in, t, 6);
  for (const int i : {0, 1}) CHECK(s[i] == T{0});
  for (const int i : {2, 3}) CHECK(s[i] == T{0.5});
  for (const int i : {4, 5}) CHECK(s[i] == T{1});
  for (const int i : {0, 1}) CHECK(t[i] == T{-1});
  for (const int i : {2, 3}) CHECK(t[i] == T{0});
  CHECK(std::signbit(t[2]));
  CHECK_FALSE(std::signbit(t[3]));
  for (const int i : {4, 5}) CHECK(t[i] == T{1});
  const T nan = std::numeric_limits<T>::quiet_NaN();
  kernels.sigmoid(&nan, s, 1);
  kernels.tanh(&nan, t, 1);
  CHECK(std::isnan(s[0]));
  CHECK(std::isnan(t[0]));
}

TEMPLATE_TEST_CASE("kernels work in place and stay within their count", "", float, double) {
  using T = TestType;
  using Kernel = void (*)(const T*, T*, std::int64_t);
  struct {
    Kernel kernel;
    double (*exact)(double);
  } const pairs[] = {{best_kernels<T>().sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }},
                     {best_kernels<T>().tanh, [](double x) { return std::tanh(x); }}};
  for (const auto& [kernel, exact] : pairs) {
    for (const std::int64_t count : {0, 1, 3, 16, 37}) {
      const auto size = static_cast<std::size_t>(count);
      std::vector<T> in;
      for (std::size_t i = 0; i <= size; ++i) in.push_back(static_cast<T>(i) / 4 - 2);
      std::vector<T> out(size + 1, T{7}), in_place = in;
      kernel(in.data(), out.data(), count);
      kernel(in_place.data(), in_place.data(), count);
      CHECK(out[size] == T{7});
      CHECK(in_place[size] == in[size]);
      for (std::size_t i = 0; i < size; ++i) {
        CHECK(out[i] == Approx(exact(static_cast<double>(in[i]))).epsilon(0).margin(0x1p-22));
        CHECK(in_place[i] == out[i]);
      }
    }
  }
}
