// Errors begin with the name of the op that was called.

#include <functional>
#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/dropout.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/gather.hpp"
#include "scanline/framework/ops/loss.hpp"
#include "scanline/framework/ops/matmul.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/normalize.hpp"
#include "scanline/framework/ops/recurrent.hpp"
#include "scanline/framework/ops/recurrent_layer.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::indices;

namespace {

/// A call, and the name that its error has to begin with.
struct Call {
  std::string op;
  std::function<void()> call;
};

void check_names(const std::vector<Call>& calls) {
  for (const auto& [op, call] : calls) {
    std::string message = "no error";
    try {
      call();
    } catch (const Error& error) {
      message = error.what();
    }
    INFO(op << " says: " << message);
    CHECK(message.find(op + ": ") == 0);
  }
}

/// All ops of one tensor, called with `x`.
std::vector<Call> unary_calls(const Tensor& x) {
  return {
      {"add", [x] { add(x, 1.0); }},
      {"subtract", [x] { x - 1.0; }},
      {"subtract", [x] { 1.0 - x; }},
      {"multiply", [x] { multiply(x, 2.0); }},
      {"divide", [x] { x / 2.0; }},
      {"divide", [x] { 2.0 / x; }},
      {"negate", [x] { negate(x); }},
      {"power", [x] { power(x, 2.0); }},
      {"exp", [x] { exp(x); }},
      {"log", [x] { log(x); }},
      {"sqrt", [x] { sqrt(x); }},
      {"abs", [x] { abs(x); }},
      {"clamp", [x] { clamp(x, 0, 1); }},
      {"sigmoid", [x] { sigmoid(x); }},
      {"tanh", [x] { tanh(x); }},
      {"relu", [x] { relu(x); }},
      {"gelu", [x] { gelu(x); }},
      {"softmax", [x] { softmax(x, 0); }},
      {"log_softmax", [x] { log_softmax(x, 0); }},
      {"dropout", [x] { dropout(x, 0.5); }},
      {"sum", [x] { sum(x); }},
      {"sum", [x] { sum(x, {0}); }},
      {"mean", [x] { mean(x); }},
      {"mean", [x] { mean(x, {0}); }},
      {"max", [x] { max(x); }},
      {"max", [x] { max(x, {0}); }},
      {"argmax", [x] { argmax(x, 0); }},
      {"moments", [x] { moments(x, {0}); }},
      {"permute",
       [x] {
         permute(x, {1, 0});
       }},
      {"transpose", [x] { transpose(x); }},
      {"flip", [x] { flip(x, 0); }},
      {"matmul", [x] { matmul(x, x); }},
      {"linear", [x] { linear(x, x, Tensor()); }},
      {"cross_entropy",
       [x] {
         cross_entropy(x, indices({0, 1}));
       }},
      {"mse_loss", [x] { mse_loss(x, x); }},
      {"l1_loss", [x] { l1_loss(x, x); }},
      {"standardize",
       [x] {
         standardize(x, {x, x}, 1);
       }},
  };
}

}  // namespace

TEST_CASE("every op refuses undefined operands in its own name") {
  const Tensor none, x = zeros({2, 2});
  const Array some = indices({0, 1});
  check_names(unary_calls(none));
  check_names({
      {"add", [&] { none + x; }},
      {"add", [&] { x + none; }},
      {"subtract", [&] { none - x; }},
      {"subtract", [&] { x - none; }},
      {"multiply", [&] { none* x; }},
      {"multiply", [&] { x* none; }},
      {"divide", [&] { none / x; }},
      {"divide", [&] { x / none; }},
      {"power", [&] { power(none, x); }},
      {"power", [&] { power(x, none); }},
      {"where", [&] { where(Array(), x, x); }},
      {"where", [&] { where(some, none, x); }},
      {"where", [&] { where(some, x, none); }},
      {"standardize",
       [&] {
         standardize(none, {x, x}, 1);
       }},
      {"standardize",
       [&] {
         standardize(x, {none, x}, 1);
       }},
      {"standardize",
       [&] {
         standardize(x, {x, none}, 1);
       }},
      {"reshape", [&] { reshape(none, {1}); }},
      {"slice", [&] { slice(none, 0, 0, 1); }},
      {"select", [&] { select(none, 0, 0); }},
      {"unstack", [&] { unstack(none, 0); }},
      {"pad", [&] { pad(none, 0, 1, 1); }},
      {"concatenate", [&] { concatenate({none}, 0); }},
      {"concatenate",
       [&] {
         concatenate({x, none}, 0);
       }},
      {"stack", [&] { stack({none}, 0); }},
      {"stack",
       [&] {
         stack({x, none}, 0);
       }},
      {"split", [&] { split(none, 1, 0); }},
      {"gather", [&] { gather(none, some, 0); }},
      {"gather", [&] { gather(x, Array(), 0); }},
      {"embedding", [&] { embedding(none, some); }},
      {"embedding", [&] { embedding(x, Array()); }},
      {"matmul", [&] { matmul(none, x); }},
      {"matmul", [&] { matmul(x, none); }},
      {"linear", [&] { linear(none, x, none); }},
      {"linear", [&] { linear(x, none, none); }},
      {"cross_entropy", [&] { cross_entropy(x, Array()); }},
      {"mse_loss", [&] { mse_loss(none, x); }},
      {"mse_loss", [&] { mse_loss(x, none); }},
      {"l1_loss", [&] { l1_loss(x, none); }},
      {"lstm_cell",
       [&] {
         lstm_cell(none, {x, x}, {x, x});
       }},
      {"lstm_cell",
       [&] {
         lstm_cell(x, {}, {x, x});
       }},
      {"lstm_cell",
       [&] {
         lstm_cell(x, {x, x}, {});
       }},
      {"gru_cell",
       [&] {
         gru_cell(none, x, {x, x});
       }},
      {"gru_cell",
       [&] {
         gru_cell(x, x, {x, none});
       }},
      {"rnn_cell",
       [&] {
         rnn_cell(none, x, {x, x}, Nonlinearity::tanh);
       }},
      {"rnn_cell",
       [&] {
         rnn_cell(x, none, {x, x}, Nonlinearity::tanh);
       }},
  });
  for (const CellKind kind : {CellKind::lstm, CellKind::gru, CellKind::rnn_relu}) {
    const Tensor sequence = zeros({3, 2, 2});
    check_names({
        {"recurrent_sequence",
         [&] {
           recurrent_sequence(kind, none, {x, x}, {x, x}, Direction::forward);
         }},
        {"recurrent_sequence",
         [&] {
           recurrent_sequence(kind, sequence, {x, x}, {}, Direction::forward);
         }},
        {"recurrent_layer",
         [&] {
           recurrent_layer(kind, none, {}, {{x, x}});
         }},
        {"recurrent_layer", [&] { recurrent_layer(kind, sequence, {}, {{}}); }},
        {"composed_layer",
         [&] {
           composed_layer(kind, none, {}, {{x, x}});
         }},
        {"composed_layer", [&] { composed_layer(kind, sequence, {}, {{}}); }},
    });
  }
}

TEST_CASE("every op that computes refuses whole numbers in its own name") {
  check_names(unary_calls(Tensor(indices({0, 1, 1, 0}, {2, 2}))));
}

TEST_CASE("ops that are composed of others name themselves first") {
  const Tensor x(Array::zeros({2, 3})), y(Array::zeros({2})), wide(Array::zeros({4}));
  CHECK_THROWS_WITH(cross_entropy(x, indices({0, 3})),
                    "cross_entropy: target 3 is not within [0, 3)");
  CHECK_THROWS_WITH(cross_entropy(x, indices({-1, 0})),
                    "cross_entropy: target -1 is not within [0, 3)");
  CHECK_THROWS_WITH(cross_entropy(x, Array::zeros({2})),
                    "cross_entropy: needs int64 targets, got float32");
  CHECK_THROWS_WITH(gather(x, Array::zeros({2, 1}), 1), "gather: needs int64 indices, got float32");
  CHECK_THROWS_WITH(sum(Tensor(indices({1}))), "sum: needs float32 or float64 elements, got int64");
  CHECK_THROWS_WITH(softmax(Tensor(indices({1})), 0),
                    "softmax: needs float32 or float64 elements, got int64");
  CHECK_THROWS_WITH(stack({}, 0), "stack: needs at least one tensor");
  CHECK_THROWS_WITH(stack({y, wide}, 0), "stack: shapes (2,) and (4,) differ");
  CHECK_THROWS_WITH(stack({y, Tensor(indices({1, 2}))}, 0),
                    "stack: element types float32 and int64 differ");
  CHECK_THROWS_WITH(stack({y}, 2), "stack: axis 2 does not exist in an array of 2 axes");
  CHECK_THROWS_WITH(split(y, 1, 1), "split: axis 1 does not exist in an array of 1 axes");
  CHECK_THROWS_WITH(concatenate({y, y}, 1),
                    "concatenate: axis 1 does not exist in an array of 1 axes");
  CHECK_THROWS_WITH(mse_loss(y, wide),
                    "mse_loss: subtract: shapes (2,) and (4,) do not broadcast: 2 and 4 differ");
  check_names({
      {"l1_loss", [&] { l1_loss(y, wide); }},
      {"moments", [&] { moments(x, {2}); }},
      {"moments",
       [&] {
         moments(x, {0, 0});
       }},
      {"standardize",
       [&] {
         standardize(x, {y, y}, 1);
       }},
      {"rnn_cell",  // weights of another width than x
       [&] {
         const Tensor weight = zeros({2, 2});
         rnn_cell(x, weight, {weight, weight}, Nonlinearity::tanh);
       }},
  });
}

TEST_CASE("softmax of no elements has no elements") {
  const Tensor none = zeros({2, 0});
  CHECK(softmax(none, 1).shape() == Shape{2, 0});
  CHECK(log_softmax(none, 1).shape() == Shape{2, 0});
  CHECK(softmax(none, 0).shape() == Shape{2, 0});
}
