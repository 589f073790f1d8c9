#include "tests/framework/ops/gradient_cases.hpp"

#include <utility>

#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/gather.hpp"
#include "scanline/framework/ops/loss.hpp"
#include "scanline/framework/ops/matmul.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/recurrent.hpp"
#include "tests/framework/core/arrays.hpp"

namespace scanline::test {
namespace {

Tensor both(const RecurrentState& state) { return concatenate({state.h, state.c}, -1); }

/// Weights of four classes, of the type of the logits.
Array class_weights(const Tensor& logits) { return array({0.5, 2, 0, 3}).to(logits.dtype()); }

}  // namespace

std::vector<GradientCase> movement_cases() {
  std::vector<GradientCase> cases = {
      {"reshape",
       [](const Tensors& x) {
         return reshape(x[0], {3, -1});
       },
       {{2, 3, 4}}},
      {"reshape to a scalar", [](const Tensors& x) { return reshape(x[0], {}); }, {{1, 1}}},
      {"reshape of nothing",
       [](const Tensors& x) {
         return reshape(x[0], {0, 5});
       },
       {{2, 0}}},
      {"permute",
       [](const Tensors& x) {
         return permute(x[0], {2, 0, 1});
       },
       {{2, 3, 4}}},
      {"permute from the end",
       [](const Tensors& x) {
         return permute(x[0], {-1, 1, 0});
       },
       {{2, 3, 4}}},
      {"permute of nothing",
       [](const Tensors& x) {
         return permute(x[0], {1, 0});
       },
       {{2, 0}}},
      {"permute of a scalar", [](const Tensors& x) { return permute(x[0], {}); }, {{}}},
      {"permute of four axes",
       [](const Tensors& x) {
         return permute(x[0], {3, 1, 0, 2});
       },
       {{2, 3, 1, 4}}},
      {"transpose", [](const Tensors& x) { return transpose(x[0]); }, {{2, 3, 4}}},
      {"transpose of two axes",
       [](const Tensors& x) { return transpose(x[0], 0, -1); },
       {{2, 3, 4}}},
      {"transpose of one axis", [](const Tensors& x) { return transpose(x[0], 1, 1); }, {{2, 3}}},
      {"slice of overlapping parts",
       [](const Tensors& x) { return slice(x[0], 0, 0, 3) * slice(x[0], 0, 1, 4); },
       {{4, 2}}},
      {"operator []", [](const Tensors& x) { return x[0][1][-1] * x[0][0][0]; }, {{2, 3, 4}}},
      {"pad of nothing", [](const Tensors& x) { return pad(x[0], 0, 1, 1, 2); }, {{0, 3}}},
      {"concatenate of one", [](const Tensors& x) { return concatenate({x[0]}, 0); }, {{2, 3}}},
      {"concatenate with itself",
       [](const Tensors& x) {
         return concatenate({x[0], x[0]}, 1);
       },
       {{2, 3}}},
      {"concatenate with nothing",
       [](const Tensors& x) { return concatenate(x, 0); },
       {{0, 3}, {2, 3}}},
      {"stack", [](const Tensors& x) { return stack(x, 0); }, {{2, 3}, {2, 3}, {2, 3}}},
      {"stack along a middle axis", [](const Tensors& x) { return stack(x, 1); }, {{2, 3}, {2, 3}}},
      {"stack along the last axis",
       [](const Tensors& x) { return stack(x, -1); },
       {{2, 3}, {2, 3}}},
      {"stack of scalars", [](const Tensors& x) { return stack(x, 0); }, {{}, {}, {}}},
  };
  for (const Index axis : {0, 1, 2, -1}) {
    const std::string along = " along " + std::to_string(axis);
    cases.push_back(
        {"slice" + along, [=](const Tensors& x) { return slice(x[0], axis, 1, 3); }, {{3, 4, 5}}});
    cases.push_back({"slice of nothing" + along,
                     [=](const Tensors& x) { return slice(x[0], axis, 2, 2); },
                     {{3, 4, 5}}});
    cases.push_back({"slice of all" + along,
                     [=](const Tensors& x) { return slice(x[0], axis, 0, 3); },
                     {{3, 3, 3}}});
    cases.push_back(
        {"select" + along, [=](const Tensors& x) { return select(x[0], axis, 1); }, {{3, 4, 5}}});
    cases.push_back({"select from the end" + along,
                     [=](const Tensors& x) { return select(x[0], axis, -1); },
                     {{3, 4, 5}}});
    cases.push_back({"unstack" + along,
                     [=](const Tensors& x) {
                       const Tensors parts = unstack(x[0], axis);
                       return parts[0] * parts[2] + parts[1];
                     },
                     {{3, 3, 3}}});
    cases.push_back(
        {"pad" + along, [=](const Tensors& x) { return pad(x[0], axis, 2, 1, 0.5); }, {{2, 3, 4}}});
    cases.push_back({"split" + along,
                     [=](const Tensors& x) {
                       const Tensors parts = split(x[0], 2, axis);
                       return parts[0] * parts[1];
                     },
                     {{2, 4, 6}}});
    cases.push_back(
        {"flip" + along, [=](const Tensors& x) { return flip(x[0], axis); }, {{2, 3, 4}}});
    const Shape narrow{2, 3, 4};
    cases.push_back({"concatenate" + along,
                     [=](const Tensors& x) { return concatenate(x, axis); },
                     {narrow, narrow.with(axis, 1), narrow.with(axis, 5)}});
  }
  cases.push_back({"gather along the last axis",
                   [](const Tensors& x) {
                     return gather(x[0], indices({2, 0, 0, 1}, {2, 2}), 1);
                   },
                   {{2, 3}}});
  cases.push_back({"gather along the first axis",
                   [](const Tensors& x) {
                     return gather(x[0], indices({1, 0, 1, 1, 1, 1}, {2, 3}), 0);
                   },
                   {{2, 3}}});
  cases.push_back({"gather along a middle axis",
                   [](const Tensors& x) {
                     return gather(x[0], indices({2, 0, 1, 1}, {2, 1, 2}), -2);
                   },
                   {{2, 3, 2}}});
  cases.push_back({"gather of nothing",
                   [](const Tensors& x) {
                     return gather(x[0], indices({}, {2, 0}), 1);
                   },
                   {{2, 3}}});
  cases.push_back({"embedding",
                   [](const Tensors& x) {
                     return embedding(x[0], indices({3, 0, 3, 1}));
                   },
                   {{4, 3}}});
  cases.push_back({"embedding of a batch",
                   [](const Tensors& x) {
                     return embedding(x[0], indices({3, 0, 3, 1, 2, 2}, {2, 3}));
                   },
                   {{4, 3}}});
  cases.push_back({"embedding of one",
                   [](const Tensors& x) { return embedding(x[0], indices({2}, {})); },
                   {{4, 3}}});
  return cases;
}

std::vector<GradientCase> matmul_cases() {
  std::vector<GradientCase> cases;
  const auto product = [&](Shape a, Shape b) {
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) {
        const auto stored = [](const Shape& s, bool transposed) {
          return transposed ? s.with(-1, s[-2]).with(-2, s[-1]) : s;
        };
        cases.push_back({"matmul " + to_string(a) + " " + to_string(b) + (ta ? " a^T" : "") +
                             (tb ? " b^T" : ""),
                         [=](const Tensors& x) {
                           return matmul(x[0], x[1], {ta, tb});
                         },
                         {stored(a, ta), stored(b, tb)}});
      }
    }
  };
  product({2, 3}, {3, 4});
  product({1, 1}, {1, 1});
  product({1, 5}, {5, 1});
  product({2, 0}, {0, 3});
  product({0, 2}, {2, 3});
  product({2, 2, 3}, {2, 3, 4});
  product({2, 2, 3}, {3, 4});
  product({2, 3}, {2, 3, 4});
  product({2, 1, 3, 2}, {2, 1, 2, 3});
  product({2, 3}, {2, 2, 3, 1});
  product({0, 2, 3}, {3, 4});
  product({2, 3}, {0, 3, 4});
  product({1, 2, 3}, {3, 4});
  for (const bool ta : {false, true})
    for (const bool tb : {false, true})
      cases.push_back({"matmul with itself",
                       [=](const Tensors& x) {
                         return matmul(x[0], x[0], {ta, tb});
                       },
                       {{3, 3}}});

  const auto with_bias = [](const Tensors& x) { return linear(x[0], x[1], x[2]); };
  const auto without = [](const Tensors& x) { return linear(x[0], x[1], Tensor()); };
  for (const Shape& rows : {Shape{}, Shape{4}, Shape{1}, Shape{0}, Shape{2, 3}}) {
    Shape x = rows;
    x.push_back(3);
    cases.push_back({"linear of " + to_string(x), with_bias, {x, {5, 3}, {5}}});
    cases.push_back({"linear without bias of " + to_string(x), without, {x, {5, 3}}});
  }
  cases.push_back({"linear of one", with_bias, {{1, 1}, {1, 1}, {1}}});
  cases.push_back({"linear of no features", with_bias, {{2, 0}, {3, 0}, {3}}});
  cases.push_back({"linear of itself",
                   [](const Tensors& x) { return linear(x[0], x[0], Tensor()); },
                   {{3, 2}}});
  return cases;
}

std::vector<GradientCase> loss_cases() {
  return {
      {"cross_entropy",
       [](const Tensors& x) {
         return cross_entropy(x[0], indices({1, 0, 3}));
       },
       {{3, 4}},
       -3,
       3},
      {"cross_entropy, smoothed",
       [](const Tensors& x) {
         return cross_entropy(x[0], indices({1, 0, 3}), 0.1);
       },
       {{3, 4}},
       -3,
       3},
      {"cross_entropy, uniform",
       [](const Tensors& x) {
         return cross_entropy(x[0], indices({1, 0, 3}), 1);
       },
       {{3, 4}},
       -3,
       3},
      {"cross_entropy, weighted",
       [](const Tensors& x) {
         return cross_entropy(x[0], indices({1, 0, 3}), 0, class_weights(x[0]));
       },
       {{3, 4}},
       -3,
       3},
      {"cross_entropy, weighted and smoothed",
       [](const Tensors& x) {
         return cross_entropy(x[0], indices({1, 0, 3}), 0.1, class_weights(x[0]));
       },
       {{3, 4}},
       -3,
       3},
      {"focal_loss",
       [](const Tensors& x) {
         return focal_loss(x[0], indices({1, 0, 3}));
       },
       {{3, 4}},
       -3,
       3},
      {"focal_loss, weighted",
       [](const Tensors& x) {
         return focal_loss(x[0], indices({1, 0, 3}), 0.5, class_weights(x[0]));
       },
       {{3, 4}},
       -3,
       3},
      {"cross_entropy of one class",
       [](const Tensors& x) { return cross_entropy(x[0], indices({0})); },
       {{1, 1}}},
      {"mse_loss", [](const Tensors& x) { return mse_loss(x[0], x[1]); }, {{2, 3}, {2, 3}}},
      {"mse_loss, stretched", [](const Tensors& x) { return mse_loss(x[0], x[1]); }, {{2, 3}, {}}},
      {"l1_loss", [](const Tensors& x) { return l1_loss(x[0], x[1]); }, {{2, 3}, {2, 3}}},
      {"l1_loss, stretched", [](const Tensors& x) { return l1_loss(x[0], x[1]); }, {{2, 3}, {3}}},
  };
}

std::vector<GradientCase> recurrent_cases() {
  const auto parameters = [](const Tensors& x) {
    return RecurrentParameters{x[3], x[4], x[5], x[6]};
  };
  std::vector<GradientCase> cases;
  struct {
    Index t, b, i, h;
  } const sizes[] = {{1, 1, 1, 1}, {3, 2, 3, 2}, {2, 1, 3, 5}, {5, 3, 1, 1}, {4, 1, 2, 3}};
  for (const auto& [t, b, i, h] : sizes) {
    const std::vector<Shape> cell{{b, i}, {b, h}, {b, h}, {4 * h, i}, {4 * h, h}, {4 * h}, {4 * h}};
    std::vector<Shape> sequence = cell;
    sequence[0] = {t, b, i};
    const std::string of = " " + to_string(sequence[0]) + " to " + std::to_string(h);
    cases.push_back({"lstm_cell" + of,
                     [=](const Tensors& x) {
                       return both(lstm_cell(x[0], {x[1], x[2]}, parameters(x)));
                     },
                     cell});
    std::vector<Shape> projected = cell;  // to one unit
    projected[1] = {b, 1};
    projected[4] = {4 * h, 1};
    projected.push_back({1, h});
    cases.push_back({"lstm_cell, projected" + of,
                     [=](const Tensors& x) {
                       RecurrentParameters with_projection = parameters(x);
                       with_projection.weight_hr = x[7];
                       return both(lstm_cell(x[0], {x[1], x[2]}, with_projection));
                     },
                     projected});
    // The same tensors without c, for cells with `gates` gates.
    const auto without_c = [b = b, i = i, h = h](Index gates, Shape x) {
      return std::vector<Shape>{x,           {b, h},     {gates * h, i}, {gates * h, h},
                                {gates * h}, {gates * h}};
    };
    const auto parameters_without_c = [](const Tensors& x) {
      return RecurrentParameters{x[2], x[3], x[4], x[5]};
    };
    cases.push_back(
        {"gru_cell" + of,
         [=](const Tensors& x) { return gru_cell(x[0], x[1], parameters_without_c(x)); },
         without_c(3, cell[0])});
    cases.push_back({"rnn_cell, tanh" + of,
                     [=](const Tensors& x) {
                       return rnn_cell(x[0], x[1], parameters_without_c(x), Nonlinearity::tanh);
                     },
                     without_c(1, cell[0])});
    cases.push_back({"rnn_cell, relu" + of,
                     [=](const Tensors& x) {
                       return rnn_cell(x[0], x[1], parameters_without_c(x), Nonlinearity::relu);
                     },
                     without_c(1, cell[0])});
    // A different length for each sequence, the longest not first.
    Lengths lengths;
    for (Index row = 0; row < b; ++row) lengths.push_back(1 + (row + t / 2) % t);
    for (const Direction direction : {Direction::forward, Direction::reverse}) {
      const std::string way = direction == Direction::forward ? ", forward" : ", reverse";
      const auto run = [=](const Tensors& x) {
        return recurrent_sequence(CellKind::lstm, x[0], {x[1], x[2]}, parameters(x), direction);
      };
      // Each result alone, as a classifier may use it, and all together.
      cases.push_back({"recurrent_sequence output" + of + way,
                       [=](const Tensors& x) { return run(x).output; }, sequence});
      cases.push_back({"recurrent_sequence final" + of + way,
                       [=](const Tensors& x) { return both(run(x).final); }, sequence});
      cases.push_back({"recurrent_sequence all" + of + way,
                       [=](const Tensors& x) {
                         const RecurrentSequence y = run(x);
                         return y.output * y.final.h + y.final.c;
                       },
                       sequence});
      cases.push_back({"recurrent_sequence with lengths" + of + way,
                       [=](const Tensors& x) {
                         const RecurrentSequence y = recurrent_sequence(
                             CellKind::lstm, x[0], {x[1], x[2]}, parameters(x), direction, lengths);
                         return y.output * y.final.h + y.final.c;
                       },
                       sequence});
      const std::vector<std::pair<std::string, CellKind>> others{{"GRU", CellKind::gru},
                                                                 {"RNN", CellKind::rnn_tanh}};
      for (const auto& [name, kind] : others) {
        cases.push_back({"recurrent_sequence of a " + name + " with lengths" + of + way,
                         [=, kind = kind](const Tensors& x) {
                           const RecurrentSequence y = recurrent_sequence(
                               kind, x[0], {x[1]}, parameters_without_c(x), direction, lengths);
                           return y.output * 2.0 + y.final.h;
                         },
                         without_c(traits(kind).gates, sequence[0])});
      }
    }
  }
  return cases;
}

}  // namespace scanline::test
