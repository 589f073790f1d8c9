#include <cmath>

#include "scanline/framework/autograd/unary_op.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/dropout.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/normalize.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/ops/gradient_cases.hpp"

namespace scanline::test {
namespace {

/// A user's op, with a gradient that is computed from the input.
Tensor softsign(const Tensor& x) {
  return unary_op(
      "softsign", x, [](auto v) { return v / (1 + std::abs(v)); },
      of_input([](auto g, auto v) { return g / ((1 + std::abs(v)) * (1 + std::abs(v))); }));
}

}  // namespace

std::vector<GradientCase> elementwise_cases() {
  const auto binary = [](Tensor (*op)(const Tensor&, const Tensor&)) {
    return [op](const Tensors& x) { return op(x[0], x[1]); };
  };
  std::vector<GradientCase> cases;
  const std::vector<std::vector<Shape>> operands = {
      {{}, {}},         {{2, 3}, {2, 3}},    {{2, 3}, {}},          {{}, {2, 3}},     {{2, 3}, {3}},
      {{3}, {2, 3}},    {{2, 3}, {2, 1}},    {{2, 1}, {1, 3}},      {{1, 1}, {2, 3}}, {{0, 3}, {3}},
      {{2, 1}, {2, 0}}, {{2, 3, 4}, {3, 1}}, {{1, 3, 1}, {2, 1, 4}}};
  for (const std::vector<Shape>& shapes : operands) {
    const std::string of = " " + to_string(shapes[0]) + " " + to_string(shapes[1]);
    cases.push_back({"add" + of, binary(add), shapes});
    cases.push_back({"subtract" + of, binary(subtract), shapes});
    cases.push_back({"multiply" + of, binary(multiply), shapes});
    cases.push_back({"divide" + of, binary(divide), shapes, 0.5, 2});
    cases.push_back({"power" + of, binary(power), shapes, 0.5, 2});
    cases.push_back({"where" + of,
                     [](const Tensors& x) {
                       return where(indices({0}), x[0], x[1]) +
                              where(indices({1}), x[0], x[1]) * 2.0;
                     },
                     shapes});
  }
  const std::vector<GradientCase> more = {
      {"operator + constant", [](const Tensors& x) { return x[0] + 3.0 + (2.0 + x[0]); }, {{2, 3}}},
      {"operator - constant",
       [](const Tensors& x) { return (x[0] - 3.0) * (2.0 - x[0]); },
       {{2, 3}}},
      {"operator * constant", [](const Tensors& x) { return x[0] * 3.0 + 2.0 * x[0]; }, {{2, 3}}},
      {"operator / constant", [](const Tensors& x) { return x[0] / 3.0; }, {{2, 3}}},
      {"constant / operator", [](const Tensors& x) { return 3.0 / x[0]; }, {{2, 3}}, 0.5, 2},
      {"operator / tensor", [](const Tensors& x) { return x[0] / x[1]; }, {{2, 3}, {3}}, 0.5, 2},
      {"multiply of itself", [](const Tensors& x) { return x[0] * x[0]; }, {{2, 3}}},
      {"divide by itself", [](const Tensors& x) { return x[0] / (x[0] * x[0]); }, {{3}}, 0.5, 2},
      {"negate", [](const Tensors& x) { return -x[0]; }, {{2, 3}}},
      {"power 3", [](const Tensors& x) { return power(x[0], 3.0); }, {{2, 3}}},
      {"power 0", [](const Tensors& x) { return power(x[0], 0.0); }, {{2, 3}}},
      {"power 1", [](const Tensors& x) { return power(x[0], 1.0); }, {{2, 3}}},
      {"power -1.5", [](const Tensors& x) { return power(x[0], -1.5); }, {{2, 3}}, 0.5, 2},
      {"exp", [](const Tensors& x) { return exp(x[0]); }, {{2, 3}}},
      {"exp of a scalar", [](const Tensors& x) { return exp(x[0]); }, {{}}},
      {"exp of nothing", [](const Tensors& x) { return exp(x[0]); }, {{2, 0}}},
      {"log", [](const Tensors& x) { return log(x[0]); }, {{2, 3}}, 0.5, 2},
      {"sqrt", [](const Tensors& x) { return sqrt(x[0]); }, {{2, 3}}, 0.5, 2},
      {"abs", [](const Tensors& x) { return abs(x[0]); }, {{3, 5}}},
      {"clamp", [](const Tensors& x) { return clamp(x[0], -0.3, 0.4); }, {{3, 5}}},
      {"where with three shapes",
       [](const Tensors& x) {
         return where(indices({0, 1}, {2, 1}), x[0], x[1]);
       },
       {{2, 3}, {3}}},
      {"where with a wide condition",
       [](const Tensors& x) {
         return where(indices({0, 1, 2, -1, 0, 1}, {2, 3}), x[0], x[1]);
       },
       {{3}, {}}},
      {"softsign", [](const Tensors& x) { return softsign(x[0]); }, {{2, 3}}},
  };
  cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

std::vector<GradientCase> activation_cases() {
  return {
      {"sigmoid", [](const Tensors& x) { return sigmoid(x[0]); }, {{3, 5}}, -4, 4},
      {"tanh", [](const Tensors& x) { return tanh(x[0]); }, {{3, 5}}, -3, 3},
      {"relu", [](const Tensors& x) { return relu(x[0]); }, {{3, 5}}},
      {"gelu", [](const Tensors& x) { return gelu(x[0]); }, {{3, 5}}, -3, 3},
      {"softmax of the last axis",
       [](const Tensors& x) { return softmax(x[0], -1); },
       {{3, 5}},
       -3,
       3},
      {"softmax of the first axis",
       [](const Tensors& x) { return softmax(x[0], 0); },
       {{3, 5}},
       -3,
       3},
      {"softmax of a middle axis", [](const Tensors& x) { return softmax(x[0], 1); }, {{2, 3, 4}}},
      {"softmax of one class", [](const Tensors& x) { return softmax(x[0], 1); }, {{3, 1}}},
      {"log_softmax of the last axis",
       [](const Tensors& x) { return log_softmax(x[0], -1); },
       {{3, 5}},
       -3,
       3},
      {"log_softmax of the first axis",
       [](const Tensors& x) { return log_softmax(x[0], 0); },
       {{3, 5}},
       -3,
       3},
      {"log_softmax of no rows", [](const Tensors& x) { return log_softmax(x[0], 1); }, {{0, 5}}},
      {"layer_norm",
       [](const Tensors& x) { return layer_norm(x[0], x[1], x[2]); },
       {{2, 3, 5}, {5}, {5}}},
      {"layer_norm of no rows",
       [](const Tensors& x) { return layer_norm(x[0], x[1], x[2]); },
       {{0, 5}, {5}, {5}}},
      {"dropout",
       [](const Tensors& x) {
         set_default_random_state({3, 0});
         return dropout(x[0], 0.4);
       },
       {{5, 7}}},
      {"dropout of nothing",
       [](const Tensors& x) {
         set_default_random_state({3, 0});
         return dropout(x[0], 0);
       },
       {{2, 3}}},
  };
}

std::vector<GradientCase> reduction_cases() {
  std::vector<GradientCase> cases = {
      {"sum", [](const Tensors& x) { return sum(x[0]); }, {{2, 3}}},
      {"sum of a scalar", [](const Tensors& x) { return sum(x[0]); }, {{}}},
      {"sum of nothing", [](const Tensors& x) { return sum(x[0]); }, {{2, 0}}},
      {"sum over no elements",
       [](const Tensors& x) { return sum(x[0], {1}) + sum(x[1]); },
       {{2, 0}, {3}}},
      {"mean", [](const Tensors& x) { return mean(x[0]); }, {{2, 3}}},
      {"max", [](const Tensors& x) { return max(x[0]); }, {{2, 3}}},
      {"max of a scalar", [](const Tensors& x) { return max(x[0]); }, {{}}},
  };
  const std::vector<std::vector<Index>> axes = {{},     {0},    {1},      {-1},
                                                {0, 1}, {2, 0}, {-2, -1}, {0, 1, 2}};
  for (const std::vector<Index>& over : axes) {
    for (const bool keep : {false, true}) {
      std::string of = " over";
      for (const Index axis : over) of += " " + std::to_string(axis);
      of += keep ? ", kept" : "";
      for (const Shape& shape : {Shape{2, 3, 4}, Shape{1, 3, 1}}) {
        cases.push_back(
            {"sum" + of, [=](const Tensors& x) { return sum(x[0], over, keep); }, {shape}});
        cases.push_back(
            {"mean" + of, [=](const Tensors& x) { return mean(x[0], over, keep); }, {shape}});
        cases.push_back(
            {"max" + of, [=](const Tensors& x) { return max(x[0], over, keep); }, {shape}});
        cases.push_back({"moments" + of,
                         [=](const Tensors& x) {
                           const Moments m = moments(x[0], over);
                           return m.mean * 2.0 + exp(m.variance);
                         },
                         {shape}});
        cases.push_back(
            {"standardize" + of,
             [=](const Tensors& x) { return standardize(x[0], moments(x[0], over), 0.1); },
             {shape}});
      }
    }
  }
  cases.push_back({"standardize by given moments",
                   [](const Tensors& x) {
                     return standardize(x[0], {x[1], x[2]}, 0.1);
                   },
                   {{4, 3}, {3}, {3}},
                   0.5,
                   2});
  return cases;
}

}  // namespace scanline::test
