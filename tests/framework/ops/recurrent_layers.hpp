#pragma once

#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/precision.hpp"
#include "scanline/framework/ops/recurrent_layer.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

// Recurrent layers of all kinds and sizes, for the tests of the fused layer.
namespace scanline::test {

struct Case {
  CellKind kind;
  Index steps, batch, inputs, hidden, directions;
  bool bias = true;
  Lengths lengths = {};
  bool initial = true;  // whether initial states are given
};

inline std::string describe(const Case& c) {
  return "kind " + std::to_string(static_cast<int>(c.kind)) + ", T " + std::to_string(c.steps) +
         ", B " + std::to_string(c.batch) + ", I " + std::to_string(c.inputs) + ", H " +
         std::to_string(c.hidden) + ", D " + std::to_string(c.directions) +
         (c.bias ? "" : ", no bias") + (c.lengths.empty() ? "" : ", with lengths") +
         (c.initial ? "" : ", from zeros");
}

/// The inputs of a layer, all of which want gradients.
struct Inputs {
  Inputs(const Case& c, DType dtype) {
    std::uint32_t item = 0;
    const auto leaf = [&](const Shape& shape) {
      leaves.push_back(test::leaf(random_array(shape, ++item, -0.7, 0.7, dtype)));
      return leaves.back();
    };
    x = leaf({c.steps, c.batch, c.inputs});
    if (c.initial) {
      initial.h = leaf({c.directions, c.batch, c.hidden});
      if (c.kind == CellKind::lstm) initial.c = leaf({c.directions, c.batch, c.hidden});
    }
    const Index rows = traits(c.kind).gates * c.hidden;
    for (Index d = 0; d < c.directions; ++d) {
      RecurrentParameters own{leaf({rows, c.inputs}), leaf({rows, c.hidden})};
      if (c.bias) {
        own.bias_ih = leaf({rows});
        own.bias_hh = leaf({rows});
      }
      directions.push_back(own);
    }
  }

  Tensor x;
  RecurrentState initial;
  std::vector<RecurrentParameters> directions;
  std::vector<Tensor> leaves;
};

using LayerFunction = decltype(recurrent_layer);

/// Everything that a layer returns, then the gradients of everything that went in, of a sum of the
/// results in which each element has a weight of its own.
inline std::vector<Array> run(LayerFunction layer, const Case& c, DType dtype) {
  Inputs inputs(c, dtype);
  const RecurrentSequence y = layer(c.kind, inputs.x, inputs.initial, inputs.directions, c.lengths,
                                    /*with_output=*/true);
  std::vector<Tensor> results{y.output, y.final.h};
  if (c.kind == CellKind::lstm) results.push_back(y.final.c);
  std::vector<Array> all;
  Tensor total(Array::scalar(0, dtype));
  std::uint32_t item = 100;
  for (const Tensor& result : results) {
    all.push_back(result.value());
    total = total + sum(result * Tensor(random_array(result.shape(), ++item, -1, 1, dtype)));
  }
  total.backward();
  for (const Tensor& leaf : inputs.leaves) all.push_back(leaf.grad());
  return all;
}

inline std::vector<Case> cases() {
  std::vector<Case> result;
  for (const CellKind kind :
       {CellKind::lstm, CellKind::gru, CellKind::rnn_tanh, CellKind::rnn_relu}) {
    result.push_back({kind, 1, 1, 1, 1, 1});
    result.push_back({kind, 3, 2, 1, 5, 2});
    result.push_back({kind, 2, 7, 3, 17, 1});
    // More rows than a block, more units than a tile, and remainders of both.
    result.push_back({kind, 4, 67, 5, 70, 2});
    result.push_back({kind, 3, 38, 2, 33, 2, /*bias=*/false});
    result.push_back({kind, 5, 3, 2, 8, 2, true, {2, 5, 1}});
    result.push_back({kind, 4, 4, 3, 16, 2, false, {4, 4, 4, 4}});
    Lengths ragged;
    for (Index row = 0; row < 45; ++row) ragged.push_back(1 + row * 7 % 6);
    result.push_back({kind, 6, 45, 3, 9, 2, true, ragged});
    // From zeros, with the first step alone in the last sum of weights' gradients, and not alone.
    result.push_back({kind, 1, 4, 3, 5, 1, true, {}, /*initial=*/false});
    result.push_back({kind, 5, 35, 2, 17, 2, true, {}, /*initial=*/false});
    result.push_back({kind, 6, 45, 3, 9, 2, true, ragged, /*initial=*/false});
  }
  return result;
}

/// Training in bfloat16 while this lives; `is_there` unless the processor cannot.
struct InBfloat16 {
  InBfloat16() {
    try {
      set_training_precision(Precision::bf16);
      is_there = true;
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find("AVX512-BF16") != std::string::npos);
    }
  }
  ~InBfloat16() { set_training_precision(Precision::float32); }
  InBfloat16(const InBfloat16&) = delete;
  InBfloat16& operator=(const InBfloat16&) = delete;

  bool is_there = false;
};

}  // namespace scanline::test
