#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "scanline/framework/autograd/make_op.hpp"
#include "scanline/framework/core/array.hpp"
#include "scanline/framework/kernels/detail/kernels.hpp"
#include "scanline/framework/ops/recurrent.hpp"

namespace scanline {

/// The forward and backward pass of `recurrent_layer` in elements of type T. They convert between
/// the arrays of the graph and the layouts of the kernels, and divide the work into tasks for the
/// threads. The arguments are those of the op, which has checked them.
template <class T>
class LayerPasses {
 public:
  /// What the forward pass saves for the backward pass: the arrays of the kernels and the weights
  /// of each direction. The arrays hold one direction after the other, so that each direction has
  /// the same memory in each training step.
  struct Kept {
    Array concatenated, slots, cells;
    std::vector<Saved> weight_ih;  // (G, H, I), in the order of the slots
    std::vector<Saved> weight_hh;  // (G, H, H)
    bool starts_at_zero;
  };

  /// The results of the op, and what `backward` needs. The results are the output (T, B, D H),
  /// empty if it is not wanted, h_n (D, B, H) and, for an LSTM, c_n (D, B, H).
  struct Forward {
    std::vector<Array> results;
    Kept kept;
  };

  /// Passes for an input of shape `x`, (T, B, I). A forward pass that is not recorded keeps only
  /// one step.
  LayerPasses(CellKind kind, const Shape& x, Index hidden, Index directions, bool has_bias,
              const Lengths& lengths, bool is_recorded);

  /// Computes the op's results.
  Forward forward(const Array& x, const RecurrentState& initial,
                  const std::vector<RecurrentParameters>& parameters, bool with_output) const;
  /// Adds to the gradients of the inputs of the op: x, h, c of an LSTM, then the parameters of each
  /// direction. `grads` are the gradients of the results; an undefined one is zero. The arrays in
  /// `kept` are overwritten, so they are moved in and can be used only once.
  void backward(Kept kept, const std::vector<Array>& grads, InputGrads& inputs) const;

 private:
  static constexpr DType dtype = dtype_of<T>();
  /// The number of rows of the batch that one task computes through all steps. The state of a step
  /// for so many rows fits into the first-level cache. It is a multiple of the rows of most tiles.
  static constexpr Index block_rows = 32;

  /// A direction's weights and biases as the forward kernel reads them.
  struct PackedWeights {
    Array weights, bias;
  };

  struct Sizes {
    Index steps, batch, inputs, hidden, directions;
    Index units;         // hidden, padded
    Index concatenated;  // elements of a row of `concatenated`
    Index slots;         // elements of a row of `slots`
  };

  /// The gradients of a direction's parameters; null where they are not wanted.
  struct WeightGradients {
    T *weight_ih = nullptr, *weight_hh = nullptr, *bias_ih = nullptr, *bias_hh = nullptr;
  };

  Index blocks() const { return (sizes_.batch + block_rows - 1) / block_rows; }
  Index rows_of_block(Index number) const {
    return std::min(block_rows, sizes_.batch - number * block_rows);
  }
  kernels::RecurrentBlock<T> block(const Kept& kept, Index direction, Index number,
                                   T* scratch) const;
  T* state(const Array& states, Index direction, Index row) const {
    return states.data<T>() + (direction * sizes_.batch + row) * states.shape()[-1];
  }

  Index padded_inputs() const { return kernels::padded_units(sizes_.inputs, kernels_.lanes); }
  /// Weights (G, H, columns), as the backward kernel reads them.
  Array pack_backward(const Array& weights, Index padded_columns) const {
    const Array packed({traits_.gates * sizes_.hidden * padded_columns}, dtype);
    kernels_.pack_backward(traits_.gates, sizes_.hidden, weights.shape()[1], weights.data<T>(),
                           packed.data<T>());
    return packed;
  }

  /// Scratch memory for each block.
  Array make_scratch() const {
    const Index size = kernels_.scratch_size(kind_, std::min(block_rows, sizes_.batch),
                                             sizes_.inputs, sizes_.hidden);
    return Array({sizes_.directions * blocks(), size}, dtype);
  }

  Kept make_kept(const RecurrentState& initial) const;
  Array in_order_of_slots(const Array& weight_ih) const;
  PackedWeights prepare(Kept& kept, Index direction, const RecurrentParameters& own) const;
  void fill_concatenated(const kernels::RecurrentBlock<T>& own, const Array& x,
                         const RecurrentState& initial) const;
  void copy_final(const kernels::RecurrentBlock<T>& own, const std::vector<Array>& results) const;
  void load_state_gradients(const kernels::RecurrentBlock<T>& own, const Array& grad,
                            const Array& to) const;
  void add_state_gradients(const Array& from, const Array& grad) const;
  /// The part of a block in the gradients of the inputs.
  T* input_gradient(const Array& grads, Index direction, Index first_row) const {
    return grads.data<T>() +
           (direction * sizes_.batch + first_row) * sizes_.steps * padded_inputs();
  }
  void add_input_gradient(const Array& from, const Array& grad_x) const;
  void add_weight_gradients(const Array& weights, InputGrads& inputs) const;
  std::vector<T> sum_of_blocks(const T* first_block, Index row, Index count) const;
  void add_columns(const std::vector<T>& rows, Index first_slot, const int* gates, T* grad,
                   Index column, Index columns) const;
  std::vector<WeightGradients> weight_gradients(InputGrads& inputs) const;

  const kernels::Kernels<T>& kernels_;
  CellKind kind_;
  CellTraits traits_;
  bool has_bias_, has_padding_, keeps_steps_;
  Sizes sizes_;
  std::vector<Index> order_;   // sorted row -> row of the batch
  std::vector<Index> length_;  // of the sorted rows
  std::vector<Index> active_;  // rows that have a step t
};

extern template class LayerPasses<float>;
extern template class LayerPasses<double>;

}  // namespace scanline
