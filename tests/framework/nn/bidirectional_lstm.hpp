#pragma once

#include <string>
#include <vector>

#include "scanline/framework/nn/cells.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/ops/dropout.hpp"
#include "scanline/framework/ops/movement.hpp"

namespace scanline::test {

/// A bidirectional LSTM made of `LSTMCell`s, one for each layer and direction, which `nn::LSTM` is
/// held against. It takes and returns what an `nn::LSTM` with `bidirectional` does. Its cells are
/// children named l0, l0_reverse, l1, ..., so that the parameter weight_ih_l0_reverse of an
/// `nn::LSTM` is l0_reverse.weight_ih here.
class BidirectionalLSTM : public nn::Module {
 public:
  using Options = nn::RecurrentOptions;

  explicit BidirectionalLSTM(const Options& options) : options_(options) {
    for (Index layer = 0; layer < options.num_layers; ++layer) {
      const Options cell{.input_size = layer == 0 ? options.input_size : 2 * options.hidden_size,
                         .hidden_size = options.hidden_size,
                         .bias = options.bias};
      const std::string name = "l" + std::to_string(layer);
      cells_.push_back(&child<nn::LSTMCell>(name, cell));
      cells_.push_back(&child<nn::LSTMCell>(name + "_reverse", cell));
    }
  }

  nn::LSTM::Output operator()(const Tensor& x, const RecurrentState& initial = {},
                              const Lengths& lengths = {}) {
    // One sequence is a batch of one.
    if (x.rank() == 2) {
      const auto with_batch = [](const Tensor& y, Index axis) {
        return y.defined() ? stack({y}, axis) : y;
      };
      const auto without_batch = [](const Tensor& y) { return reshape(y, {-1, y.size(2)}); };
      const auto y = (*this)(with_batch(x, options_.batch_first ? 0 : 1),
                             {with_batch(initial.h, 1), with_batch(initial.c, 1)}, lengths);
      return {without_batch(y.output), without_batch(y.h_n), without_batch(y.c_n)};
    }

    Tensor sequence = options_.batch_first ? transpose(x, 0, 1) : x;  // (T, B, features)
    std::vector<Tensor> h_n, c_n;
    for (Index layer = 0; layer < options_.num_layers; ++layer) {
      if (layer > 0 && is_training() && options_.dropout > 0)
        sequence = dropout(sequence, options_.dropout);
      std::vector<Tensor> outputs;
      for (const Direction direction : {Direction::forward, Direction::reverse}) {
        const Index which = 2 * layer + (direction == Direction::reverse ? 1 : 0);
        const auto own = [&](const Tensor& states) {  // (2 L, B, H) -> (B, H)
          const Index batch = sequence.size(1), hidden = options_.hidden_size;
          return states.defined() ? reshape(slice(states, 0, which, which + 1), {batch, hidden})
                                  : Tensor(Array::zeros({batch, hidden}, x.dtype()));
        };
        const RecurrentState state{own(initial.h), own(initial.c)};
        nn::LSTMCell& cell = *cells_[static_cast<std::size_t>(which)];
        const auto read = recurrent_sequence(cell, sequence, state, direction, lengths);
        outputs.push_back(read.output);
        h_n.push_back(read.final.h);
        c_n.push_back(read.final.c);
      }
      // The next layer reads both directions, in both its directions.
      sequence = concatenate(outputs, 2);
    }
    return {options_.batch_first ? transpose(sequence, 0, 1) : sequence, stack(h_n, 0),
            stack(c_n, 0)};
  }

 private:
  Options options_;
  std::vector<nn::LSTMCell*> cells_;  // layer 0 forward, layer 0 reverse, layer 1 forward, ...
};

}  // namespace scanline::test
