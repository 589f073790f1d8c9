#include "scanline/framework/nn/detail/recurrent_parameters.hpp"

#include <fmt/format.h>

#include <cmath>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/init.hpp"

namespace scanline::nn {

void check_applicable(const char* name, CellKind kind, const RecurrentOptions& options,
                      bool is_cell) {
  const auto refuse = [name](const char* option, bool is_set) {
    if (is_set) throw Error(fmt::format("{}: does not have the option {}", name, option));
  };
  const bool has_nonlinearity = kind == CellKind::rnn_tanh || kind == CellKind::rnn_relu;
  refuse("nonlinearity", !has_nonlinearity && options.nonlinearity != Nonlinearity::tanh);
  refuse("proj_size", (kind != CellKind::lstm || is_cell) && options.proj_size != 0);
  if (!is_cell) return;
  refuse("num_layers", options.num_layers != 1);
  refuse("batch_first", options.batch_first);
  refuse("dropout", options.dropout != 0);
  refuse("bidirectional", options.bidirectional);
}

RecurrentParameters make_parameters(CellKind kind, const RecurrentOptions& options, Index inputs,
                                    const std::function<Tensor(const char*, Array)>& own) {
  const Index hidden = options.hidden_size, rows = traits(kind).gates * hidden;
  const auto make = [&](const char* name, const Shape& shape) {
    return own(name, init::uniform(shape, 1 / std::sqrt(static_cast<double>(hidden))));
  };
  RecurrentParameters result;
  result.weight_ih = make("weight_ih", {rows, inputs});
  result.weight_hh = make("weight_hh", {rows, options.output_size()});
  if (options.bias) {
    result.bias_ih = make("bias_ih", {rows});
    result.bias_hh = make("bias_hh", {rows});
  }
  if (options.proj_size > 0) result.weight_hr = make("weight_hr", {options.proj_size, hidden});
  return result;
}

}  // namespace scanline::nn
