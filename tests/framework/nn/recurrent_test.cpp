// What holds for every recurrent module; lstm_test.cpp has what is told of the LSTM alone.

#include "scanline/framework/nn/recurrent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/nn/bidirectional_lstm.hpp"
#include "scanline/framework/nn/cells.hpp"
#include "scanline/framework/nn/gru.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/nn/rnn.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/nn/recurrent_results.hpp"

using namespace scanline;
using test::everything;
using test::part;
using test::random_array;
using test::random_leaf;
using test::values;
using Strings = std::vector<std::string>;

namespace {

/// The options of all kinds: those that a kind does not have stay as they are.
using Options = nn::LSTM::Options;
using Output = nn::LSTM::Output;

/// A recurrent module of any kind that is called as an LSTM is.
struct AnyRecurrent {
  std::shared_ptr<nn::Module> module;
  std::function<Output(const Tensor&, const RecurrentState&, const Lengths&)> call;

  Output operator()(const Tensor& x, const RecurrentState& initial = {},
                    const Lengths& lengths = {}) const {
    return call(x, initial, lengths);
  }
};

/// In float64, and with the same parameters whenever it is made.
template <class M, class O = typename M::Options>
std::shared_ptr<M> make_module(const O& options) {
  set_default_random_state({7, 0});
  const auto module = std::make_shared<M>(options);
  module->to(DType::float64);
  return module;
}

/// Of a module that takes and returns cell states.
template <class M>
AnyRecurrent wrap(const std::shared_ptr<M>& module) {
  return {module, [module](const Tensor& x, const RecurrentState& initial, const Lengths& lengths) {
            return (*module)(x, initial, lengths);
          }};
}

AnyRecurrent make_of_cells(const Options& options) {
  return wrap(make_module<nn::BidirectionalLSTM, Options>(options));
}

AnyRecurrent make(CellKind kind, const Options& o) {
  if (kind == CellKind::lstm) return wrap(make_module<nn::LSTM>(o));
  const auto call_without_c = [](const auto& module) {
    return [module](const Tensor& x, const RecurrentState& initial, const Lengths& lengths) {
      const auto y = (*module)(x, initial.h, lengths);
      return Output{y.output, y.h_n, {}};
    };
  };
  if (kind == CellKind::gru) {
    const auto gru = make_module<nn::GRU>({.input_size = o.input_size,
                                           .hidden_size = o.hidden_size,
                                           .num_layers = o.num_layers,
                                           .bias = o.bias,
                                           .batch_first = o.batch_first,
                                           .dropout = o.dropout,
                                           .bidirectional = o.bidirectional});
    return {gru, call_without_c(gru)};
  }
  const bool is_relu = kind == CellKind::rnn_relu;
  const auto rnn =
      make_module<nn::RNN>({.input_size = o.input_size,
                            .hidden_size = o.hidden_size,
                            .num_layers = o.num_layers,
                            .nonlinearity = is_relu ? Nonlinearity::relu : Nonlinearity::tanh,
                            .bias = o.bias,
                            .batch_first = o.batch_first,
                            .dropout = o.dropout,
                            .bidirectional = o.bidirectional});
  return {rnn, call_without_c(rnn)};
}

/// The modules that a test goes through.
struct Kind {
  std::string name;  // in messages, of errors too
  CellKind kind;
  Index projected = 0;
};
const std::vector<Kind> kinds{{"lstm", CellKind::lstm},
                              {"lstm", CellKind::lstm, 2},
                              {"gru", CellKind::gru},
                              {"rnn", CellKind::rnn_tanh},
                              {"rnn", CellKind::rnn_relu}};

std::string describe(const Kind& kind) {
  return kind.name + (kind.kind == CellKind::rnn_relu ? ", relu" : "") +
         (kind.projected > 0 ? ", projected" : "");
}

/// A small module of that kind in which everything of many layers and directions is there.
Options two_layers_both_ways(const Kind& kind, bool batch_first = false) {
  return {.input_size = 2,
          .hidden_size = 3,
          .num_layers = 2,
          .batch_first = batch_first,
          .bidirectional = true,
          .proj_size = kind.projected};
}

/// In the place of a batch size: a single sequence, without that axis.
constexpr Index single = 0;

/// The shape of h_n, or of c_n where `size` is the hidden size.
Shape state_shape(const Options& o, Index batch, Index size) {
  const Index count = o.num_layers * (o.bidirectional ? 2 : 1);
  return batch == single ? Shape{count, size} : Shape{count, batch, size};
}

/// The size of the hidden state.
Index output_size(const Options& o) { return o.proj_size > 0 ? o.proj_size : o.hidden_size; }

RecurrentState random_state(CellKind kind, const Options& o, Index batch) {
  RecurrentState state{random_leaf(state_shape(o, batch, output_size(o)), 21)};
  if (kind == CellKind::lstm) state.c = random_leaf(state_shape(o, batch, o.hidden_size), 22);
  return state;
}

/// The states of one sequence of a batch.
RecurrentState state_of(const RecurrentState& all, Index sequence) {
  const auto own = [&](const Tensor& y) {
    return y.defined() ? slice(y, 1, sequence, sequence + 1) : y;
  };
  return {own(all.h), own(all.c)};
}

std::vector<Tensor> defined_among(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> result;
  std::copy_if(tensors.begin(), tensors.end(), std::back_inserter(result),
               [](const Tensor& tensor) { return tensor.defined(); });
  return result;
}

std::vector<Tensor> with_parameters(const nn::Module& module, const std::vector<Tensor>& others) {
  std::vector<Tensor> result = defined_among(others);
  for (const Tensor& parameter : module.parameters()) result.push_back(parameter);
  return result;
}

/// The gradients of an irregular weighting of all results.
std::vector<Array> gradients(const Output& y, const std::vector<Tensor>& leaves) {
  for (const Tensor& leaf : leaves) leaf.zero_grad();
  const Tensor all = everything(y);
  backward(all, random_array(all.shape(), 31));
  std::vector<Array> result;
  for (const Tensor& leaf : leaves) result.push_back(leaf.grad().copy());
  return result;
}

double largest_distance(const std::vector<Array>& a, const std::vector<Array>& b) {
  if (a.size() != b.size()) return INFINITY;
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, test::distance(a[i], b[i]));
  return largest;
}

Tensor zeros(const Shape& shape) { return Tensor(Array::zeros(shape, DType::float64)); }

/// The message of the Error that `call` throws.
std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// "weight_ih_l0 (12, 5)" and so on, in the module's order.
Strings names_and_shapes(const nn::Module& module) {
  Strings result;
  for (const auto& [name, tensor] : module.named_parameters())
    result.push_back(name + " " + to_string(tensor.shape()));
  return result;
}

}  // namespace

TEST_CASE("an LSTM is what LSTM cells make of a sequence, step by step") {
  struct {
    Index steps, batch, hidden, inputs;
  } const sizes[] = {{1, 1, 1, 1}, {5, 3, 7, 2}, {2, 7, 3, 5}, {3, single, 5, 3},
                     {7, 1, 2, 3}, {3, 5, 1, 7}, {5, 2, 3, 1}};
  // "l0_reverse.weight_ih" for "weight_ih_l0_reverse".
  const auto name_of_cell = [](const std::string& name) {
    const std::size_t layer = name.rfind("_l");
    return name.substr(layer + 1) + "." + name.substr(0, layer);
  };
  // Every number of layers with every setting of four switches, and the sizes going round.
  for (int number = 0; number < 48; ++number) {
    const auto& [steps, batch, hidden, inputs] = sizes[number % 7];
    const auto is_on = [number](int which) { return (number >> which & 1) != 0; };
    const Options options{.input_size = inputs,
                          .hidden_size = hidden,
                          .num_layers = 1 + number % 3,
                          .bias = is_on(0),
                          .batch_first = is_on(1),
                          .bidirectional = true};
    const bool has_state = is_on(2), has_lengths = is_on(3);
    INFO("T " << steps << ", B " << batch << ", H " << hidden << ", I " << inputs << ", "
              << options.num_layers << " layers, bias " << options.bias << ", batch first "
              << options.batch_first << ", states " << has_state << ", lengths " << has_lengths);

    const auto lstm = make_module<nn::LSTM>(options);
    const auto cells = make_module<nn::BidirectionalLSTM, Options>(options);
    NamedArrays weights;
    for (const auto& [name, value] : lstm->state_dict()) weights.emplace(name_of_cell(name), value);
    cells->load_state_dict(weights);

    const Tensor x = random_leaf(batch == single       ? Shape{steps, inputs}
                                 : options.batch_first ? Shape{batch, steps, inputs}
                                                       : Shape{steps, batch, inputs});
    RecurrentState initial;
    if (has_state) initial = random_state(CellKind::lstm, options, batch);
    Lengths lengths;
    if (has_lengths)
      for (Index b = 0; b < std::max<Index>(batch, 1); ++b)
        lengths.push_back(1 + (3 * b + number) % steps);

    std::vector<Tensor> lstm_leaves = defined_among({x, initial.h, initial.c});
    std::vector<Tensor> cell_leaves = lstm_leaves;
    std::map<std::string, Tensor> of_cells;
    for (const auto& [name, tensor] : cells->named_parameters()) of_cells.emplace(name, tensor);
    for (const auto& [name, tensor] : lstm->named_parameters()) {
      lstm_leaves.push_back(tensor);
      cell_leaves.push_back(of_cells.at(name_of_cell(name)));
    }

    const Output y = (*lstm)(x, initial, lengths), expected = (*cells)(x, initial, lengths);
    CHECK(test::distance(y.output.value(), expected.output.value()) < 1e-10);
    CHECK(test::distance(y.h_n.value(), expected.h_n.value()) < 1e-10);
    CHECK(test::distance(y.c_n.value(), expected.c_n.value()) < 1e-10);
    CHECK(largest_distance(gradients(y, lstm_leaves), gradients(expected, cell_leaves)) < 1e-10);
  }
}

TEST_CASE("an LSTM drops what one of cells drops") {
  const Options options{
      .input_size = 3, .hidden_size = 5, .num_layers = 2, .dropout = 0.4, .bidirectional = true};
  const auto lstm = make_module<nn::LSTM>(options);
  // Of the same random numbers, in the same order, it has the same weights.
  const auto cells = make_module<nn::BidirectionalLSTM, Options>(options);
  const Tensor x(random_array({4, 3, 3}));
  const auto run = [&](auto& module) {
    set_default_random_state({5, 0});
    return everything(module(x)).value();
  };
  const Array dropped = run(*lstm);
  CHECK(test::distance(dropped, run(*cells)) < 1e-14);
  lstm->eval();
  CHECK(test::distance(dropped, run(*lstm)) > 1e-3);
}

// Each module is filled, and read, as in this program for PyTorch 1.13, which printed the numbers:
//
//     def fingerprint(tensors):
//         flat = torch.cat([t.reshape(-1) for t in tensors])
//         return (flat * torch.cos(torch.arange(flat.numel()).double())).sum()
//     module = torch.nn.GRU(3, 4, num_layers=2, bidirectional=True).double()
//     k = 0
//     def fill(tensor):  # sin(1), sin(2), ... through all tensors
//         global k
//         with torch.no_grad():
//             flat = tensor.view(-1)
//             for i in range(flat.numel()):
//                 k += 1
//                 flat[i] = math.sin(k)
//         return tensor.requires_grad_()
//     for p in module.parameters(): fill(p)
//     x, h, c = (fill(torch.zeros(s).double()) for s in ((4, 3, 3), (4, 3, 4), (4, 3, 4)))
//     packed = pack_padded_sequence(x, [2, 4, 3], enforce_sorted=False)
//     y, h_n = module(packed, h)
//     y, _ = pad_packed_sequence(y)
//     fingerprint([y, h_n]).backward()
//     for tensors in ([y], [h_n], [x.grad, h.grad], [p.grad for p in module.parameters()]):
//         print(fingerprint(tensors))
//
// For an LSTM, c and c_n come behind h and h_n everywhere; where it projects, h is (4, 3, 2).
TEST_CASE("recurrent modules compute what PyTorch's do, of padded sequences") {
  struct {
    Kind kind;
    double output, final, input_gradients, parameter_gradients;
  } const rows[] = {
      {{"lstm", CellKind::lstm},
       -0.213375438712841,
       -2.659137776762616,
       -2.459197018145762,
       0.415940543603075},
      {{"lstm", CellKind::lstm, 2},
       -3.812816059277671,
       1.047802359677985,
       5.542440861384233,
       -2.961907436312404},
      {{"gru", CellKind::gru},
       -8.397153651187500,
       -5.377946541436751,
       -5.175831030985835,
       1.102368855249325},
      {{"rnn", CellKind::rnn_tanh},
       -0.898489885136109,
       -0.874212921105401,
       0.178796508322660,
       4.079262803450131},
      {{"rnn", CellKind::rnn_relu},
       -0.525650200158446,
       -1.708778477997924,
       -22.394629470318925,
       -10.620205766538550},
  };
  const auto fingerprint = [](const std::vector<Tensor>& tensors) {
    std::vector<Tensor> parts;
    for (const Tensor& tensor : defined_among(tensors)) parts.push_back(reshape(tensor, {-1}));
    const Tensor flat = concatenate(parts, 0);
    const Array weights(flat.shape(), DType::float64);
    for (Index i = 0; i < weights.size(); ++i)
      weights.data<double>()[i] = std::cos(static_cast<double>(i));
    return sum(flat * Tensor(weights));
  };
  for (const auto& row : rows) {
    INFO(describe(row.kind));
    const Options options{.input_size = 3,
                          .hidden_size = 4,
                          .num_layers = 2,
                          .bidirectional = true,
                          .proj_size = row.kind.projected};
    const AnyRecurrent module = make(row.kind.kind, options);
    const Tensor x = random_leaf({4, 3, 3});
    const RecurrentState initial = random_state(row.kind.kind, options, 3);
    int k = 0;
    const auto fill = [&k](const Tensor& tensor) {
      const Array& array = tensor.value();
      for (Index i = 0; i < array.size(); ++i) array.data<double>()[i] = std::sin(++k);
    };
    for (const Tensor& parameter : module.module->parameters()) fill(parameter);
    for (const Tensor& tensor : defined_among({x, initial.h, initial.c})) fill(tensor);

    const Output y = module(x, initial, {2, 4, 3});
    fingerprint({y.output, y.h_n, y.c_n}).backward();
    const auto of_gradients = [&](const std::vector<Tensor>& tensors) {
      std::vector<Tensor> result;
      for (const Tensor& tensor : defined_among(tensors)) result.push_back(Tensor(tensor.grad()));
      return fingerprint(result).item();
    };
    const auto differ = [](double a, double b) { return std::abs(a - b); };
    CHECK(differ(fingerprint({y.output}).item(), row.output) < 1e-12);
    CHECK(differ(fingerprint({y.h_n, y.c_n}).item(), row.final) < 1e-12);
    CHECK(differ(of_gradients({x, initial.h, initial.c}), row.input_gradients) < 1e-12);
    CHECK(differ(of_gradients(module.module->parameters()), row.parameter_gradients) < 1e-12);
  }
}

TEST_CASE("gradients of recurrent modules, of all parameters, the input and the initial states") {
  for (const Kind& kind : kinds) {
    INFO(describe(kind));
    const Options options = two_layers_both_ways(kind);
    const AnyRecurrent module = make(kind.kind, options);
    const Tensor x = random_leaf({4, 3, 2});
    const RecurrentState initial = random_state(kind.kind, options, 3);
    const Lengths lengths{2, 4, 1};
    if (kind.kind == CellKind::rnn_relu) {
      // Some units are on and some are off, and those that are on are far from the kink, as
      // differences across it are no gradients. Those that are off show by passing.
      const std::vector<double> h_n = values(module(x, initial, lengths).h_n);
      const auto off = std::count(h_n.begin(), h_n.end(), 0.0);
      REQUIRE(off > 5);
      REQUIRE(off + 5 < static_cast<std::ptrdiff_t>(h_n.size()));
      for (const double h : h_n) REQUIRE((h == 0 || h > 1e-3));
    }
    const GradcheckResult result =
        gradcheck([&] { return everything(module(x, initial, lengths)); },
                  with_parameters(*module.module, {x, initial.h, initial.c}));
    INFO(result.failure);
    CHECK(result.passed());
  }
}

TEST_CASE("gradients of recurrent cells") {
  const auto lstm = make_module<nn::LSTMCell>({.input_size = 2, .hidden_size = 3});
  const auto gru = make_module<nn::GRUCell>({.input_size = 2, .hidden_size = 3});
  const auto rnn = make_module<nn::RNNCell>({.input_size = 2, .hidden_size = 3});
  const auto relu = make_module<nn::RNNCell>(
      {.input_size = 2, .hidden_size = 3, .nonlinearity = Nonlinearity::relu});
  for (const Index batch : {single, Index{1}, Index{4}}) {
    const auto leaf = [batch](Index size, std::uint32_t item) {
      return random_leaf(batch == single ? Shape{size} : Shape{batch, size}, item);
    };
    const Tensor x = leaf(2, 1), h = leaf(3, 2), c = leaf(3, 3);
    const auto check = [&](const nn::Module& cell, const std::function<Tensor()>& forward,
                           const std::vector<Tensor>& inputs) {
      const GradcheckResult result = gradcheck(forward, with_parameters(cell, inputs));
      INFO(result.failure);
      CHECK(result.passed());
    };
    check(*lstm,
          [&] {
            const RecurrentState next = (*lstm)(x, {h, c});
            return concatenate({next.h, next.c}, -1);
          },
          {x, h, c});
    check(*gru, [&] { return (*gru)(x, h); }, {x, h});
    check(*rnn, [&] { return (*rnn)(x, h); }, {x, h});
    check(*relu, [&] { return (*relu)(x, h); }, {x, h});
  }
}

TEST_CASE("the shapes of what recurrent modules return") {
  const Index steps = 4, batch = 3;
  for (const Kind& kind : kinds) {
    for (const bool batch_first : {false, true}) {
      for (const bool bidirectional : {false, true}) {
        for (const Index layers : {1, 2}) {
          const Options options{.input_size = 2,
                                .hidden_size = 5,
                                .num_layers = layers,
                                .batch_first = batch_first,
                                .bidirectional = bidirectional,
                                .proj_size = kind.projected};
          INFO(describe(kind) << ", batch first " << batch_first << ", both ways " << bidirectional
                              << ", " << layers << " layers");
          const AnyRecurrent module = make(kind.kind, options);
          const Index directions = bidirectional ? 2 : 1, states = layers * directions;
          const Index size = kind.projected > 0 ? 2 : 5, width = directions * size;
          const bool has_c = kind.kind == CellKind::lstm;

          const Output y =
              module(zeros(batch_first ? Shape{batch, steps, 2} : Shape{steps, batch, 2}));
          CHECK(y.output.shape() ==
                (batch_first ? Shape{batch, steps, width} : Shape{steps, batch, width}));
          CHECK(y.h_n.shape() == Shape{states, batch, size});
          REQUIRE(y.c_n.defined() == has_c);
          if (has_c) CHECK(y.c_n.shape() == Shape{states, batch, 5});

          const Output alone = module(zeros({steps, 2}));
          CHECK(alone.output.shape() == Shape{steps, width});
          CHECK(alone.h_n.shape() == Shape{states, size});
          REQUIRE(alone.c_n.defined() == has_c);
          if (has_c) CHECK(alone.c_n.shape() == Shape{states, 5});
        }
      }
    }
  }
}

TEST_CASE("a single sequence is a batch of one") {
  for (const Kind& kind : kinds) {
    for (const bool batch_first : {false, true}) {
      INFO(describe(kind) << ", batch first " << batch_first);
      const Options options = two_layers_both_ways(kind, batch_first);
      const AnyRecurrent module = make(kind.kind, options);
      const Tensor x(random_array({5, 2}));
      const RecurrentState initial = random_state(kind.kind, options, single);
      const auto as_batch = [](const Tensor& y, Index axis) {
        return y.defined() ? stack({y}, axis) : y;
      };
      for (const Lengths& lengths : {Lengths{}, Lengths{3}}) {
        const Tensor alone = everything(module(x, initial, lengths));
        const Tensor one =
            everything(module(as_batch(x, batch_first ? 0 : 1),
                              {as_batch(initial.h, 1), as_batch(initial.c, 1)}, lengths));
        CHECK(test::distance(alone.value(), one.value()) == 0);
      }
    }
  }
}

TEST_CASE("a recurrent module without an initial state starts at zero, with one it goes on") {
  for (const Kind& kind : kinds) {
    INFO(describe(kind));
    const Options options{
        .input_size = 2, .hidden_size = 3, .num_layers = 2, .proj_size = kind.projected};
    const AnyRecurrent module = make(kind.kind, options);
    const Tensor x(random_array({6, 2, 2}));
    const Output whole = module(x);
    RecurrentState zero = random_state(kind.kind, options, 2);
    zero.h.value().fill(0);
    if (zero.c.defined()) zero.c.value().fill(0);
    CHECK(test::distance(everything(whole).value(), everything(module(x, zero)).value()) == 0);
    const Output first = module(slice(x, 0, 0, 2)),
                 rest = module(slice(x, 0, 2, 6), {first.h_n, first.c_n});
    CHECK(test::distance(
              everything({concatenate({first.output, rest.output}, 0), rest.h_n, rest.c_n}).value(),
              everything(whole).value()) < 1e-14);
  }
}

TEST_CASE("final states alone are those that come with the output") {
  for (const Kind& kind : kinds) {
    for (const bool batch_first : {false, true}) {
      INFO(describe(kind) << ", batch first " << batch_first);
      const Options options = two_layers_both_ways(kind, batch_first);
      const AnyRecurrent module = make(kind.kind, options);
      auto& recurrent = dynamic_cast<nn::Recurrent&>(*module.module);
      for (const Shape& shape : {Shape{4, 4, 2}, Shape{4, 2}}) {
        const Tensor x(random_array(shape));
        const RecurrentState initial =
            random_state(kind.kind, options, shape.rank() == 2 ? single : 4);
        const Output whole = module(x, initial);
        const RecurrentState states = recurrent.final_states(x, initial);
        CHECK(test::distance(states.h.value(), whole.h_n.value()) == 0);
        REQUIRE(states.c.defined() == whole.c_n.defined());
        if (states.c.defined()) CHECK(test::distance(states.c.value(), whole.c_n.value()) == 0);
      }
    }
  }
}

TEST_CASE("a padded sequence gives what it gives alone, cut to its length") {
  const Lengths lengths{3, 5, 1, 4, 3};
  const Index steps = 5, batch = 5;
  for (const Kind& kind : kinds) {
    for (const bool batch_first : {false, true}) {
      INFO(describe(kind) << ", batch first " << batch_first);
      const Options options = two_layers_both_ways(kind, batch_first);
      const AnyRecurrent module = make(kind.kind, options);
      const Tensor x(random_array({steps, batch, 2}));
      const RecurrentState initial = random_state(kind.kind, options, batch);
      const auto turned = [&](const Tensor& y) { return batch_first ? transpose(y, 0, 1) : y; };
      const Output all = module(turned(x), initial, lengths);
      const Tensor output = turned(all.output);
      const RecurrentState final{all.h_n, all.c_n};
      for (Index b = 0; b < batch; ++b) {
        const Index length = lengths[static_cast<std::size_t>(b)];
        const Tensor own = slice(x, 1, b, b + 1), own_output = slice(output, 1, b, b + 1);
        const Output alone = module(turned(slice(own, 0, 0, length)), state_of(initial, b));
        const RecurrentState own_final = state_of(final, b);
        const Output expected{slice(own_output, 0, 0, length), own_final.h, own_final.c};
        CHECK(test::distance(turned(alone.output).value(), expected.output.value()) < 1e-14);
        CHECK(test::distance(everything({expected.output, alone.h_n, alone.c_n}).value(),
                             everything(expected).value()) < 1e-14);
        for (const double padded : values(slice(own_output, 0, length, steps))) CHECK(padded == 0);
      }
    }
  }
}

TEST_CASE("whole lengths are the same as none") {
  for (const Kind& kind : kinds) {
    INFO(describe(kind));
    const Options options = two_layers_both_ways(kind);
    const AnyRecurrent module = make(kind.kind, options);
    const Tensor x = random_leaf({4, 3, 2});
    const std::vector<Tensor> leaves = with_parameters(*module.module, {x});
    const Output without = module(x), with = module(x, {}, {4, 4, 4});
    CHECK(test::distance(everything(without).value(), everything(with).value()) == 0);
    CHECK(largest_distance(gradients(without, leaves), gradients(with, leaves)) == 0);
  }
}

TEST_CASE("padding is not read, whatever it holds, and gets no gradient") {
  const Lengths lengths{2, 5, 3};
  const auto is_padding = [&](Index t, Index b) {
    return t >= lengths[static_cast<std::size_t>(b)];
  };
  const Array values_of_x = random_array({5, 3, 2});
  const auto padded_with = [&](double padding) {
    const Array x = values_of_x.copy();
    for (Index t = 0; t < 5; ++t)
      for (Index b = 0; b < 3; ++b)
        if (is_padding(t, b)) x.rows(t, t + 1).reshape({3, 2}).rows(b, b + 1).fill(padding);
    return test::leaf(x);
  };
  const auto check = [&](const AnyRecurrent& module, const RecurrentState& initial) {
    Array result;
    std::vector<Array> grads;
    for (const double padding : std::vector<double>{0, -3, 1e300, -INFINITY, NAN}) {
      INFO("padded with " << padding);
      const Tensor x = padded_with(padding);
      const Output y = module(x, initial, lengths);
      const std::vector<Array> own =
          gradients(y, with_parameters(*module.module, {x, initial.h, initial.c}));
      if (!result.defined()) {
        result = everything(y).value();
        grads = own;
      }
      CHECK(test::distance(everything(y).value(), result) == 0);
      CHECK(largest_distance(own, grads) == 0);
      for (Index t = 0; t < 5; ++t)
        for (Index b = 0; b < 3; ++b)
          for (Index i = 0; i < 2; ++i) {
            const double gradient = own[0].at((t * 3 + b) * 2 + i);
            CHECK((gradient == 0) == is_padding(t, b));
          }
    }
  };
  for (const Kind& kind : kinds) {
    INFO(describe(kind));
    const Options options = two_layers_both_ways(kind);
    check(make(kind.kind, options), random_state(kind.kind, options, 3));
  }
  const Options options{.input_size = 2, .hidden_size = 3, .num_layers = 2, .bidirectional = true};
  INFO("of cells");
  check(make_of_cells(options), random_state(CellKind::lstm, options, 3));
}

TEST_CASE("dropout sits between layers, and only while training") {
  const Tensor x(random_array({4, 5, 3}));
  const auto differs = [](const Tensor& a, const Tensor& b) {
    return test::distance(a.value(), b.value()) > 1e-4;
  };
  for (const Kind& kind : kinds) {
    INFO(describe(kind));
    const auto make_with = [&](Index layers, double dropout) {
      return make(kind.kind, {.input_size = 3,
                              .hidden_size = 6,
                              .num_layers = layers,
                              .dropout = dropout,
                              .proj_size = kind.projected});
    };
    const auto run = [&](const AnyRecurrent& module, std::uint64_t draws) {
      set_default_random_state({1, draws});
      return module(x);
    };
    const AnyRecurrent alone = make_with(1, 0.5);
    CHECK_FALSE(differs(run(alone, 0).output, run(alone, 1).output));

    const AnyRecurrent stacked = make_with(2, 0.5);
    const Output a = run(stacked, 0), b = run(stacked, 1), again = run(stacked, 0);
    CHECK(differs(a.output, b.output));
    CHECK(test::distance(a.output.value(), again.output.value()) == 0);
    // Nothing is dropped before the first layer, whose final state stays, nor behind the last one.
    CHECK(test::distance(part(a.h_n, 0), part(b.h_n, 0)) == 0);
    if (kind.kind != CellKind::rnn_relu) {  // which has zeros of its own
      const std::vector<double> outputs = values(a.output);
      CHECK(std::count(outputs.begin(), outputs.end(), 0.0) == 0);
    }

    stacked.module->eval();
    const Output calm = run(stacked, 0);
    CHECK(differs(calm.output, a.output));
    CHECK(test::distance(calm.output.value(), run(make_with(2, 0), 1).output.value()) == 0);
  }
}

TEST_CASE("recurrent parameters have PyTorch's names, shapes and order, and start small") {
  set_default_random_state({7, 0});
  const auto check = [](const nn::Module& module, Index hidden, const Strings& expected) {
    CHECK(names_and_shapes(module) == expected);
    const double bound = 1 / std::sqrt(static_cast<double>(hidden));
    double largest = 0;
    for (const Tensor& parameter : module.parameters())
      for (const double value : values(parameter)) largest = std::max(largest, std::abs(value));
    CHECK(largest <= bound);
    CHECK(largest > 0.9 * bound);
  };
  check(nn::LSTM({.input_size = 5, .hidden_size = 3, .num_layers = 2, .bidirectional = true}), 3,
        {"weight_ih_l0 (12, 5)", "weight_hh_l0 (12, 3)", "bias_ih_l0 (12,)", "bias_hh_l0 (12,)",
         "weight_ih_l0_reverse (12, 5)", "weight_hh_l0_reverse (12, 3)", "bias_ih_l0_reverse (12,)",
         "bias_hh_l0_reverse (12,)", "weight_ih_l1 (12, 6)", "weight_hh_l1 (12, 3)",
         "bias_ih_l1 (12,)", "bias_hh_l1 (12,)", "weight_ih_l1_reverse (12, 6)",
         "weight_hh_l1_reverse (12, 3)", "bias_ih_l1_reverse (12,)", "bias_hh_l1_reverse (12,)"});
  check(nn::LSTM({.input_size = 5,
                  .hidden_size = 3,
                  .num_layers = 2,
                  .bidirectional = true,
                  .proj_size = 2}),
        3,
        {"weight_ih_l0 (12, 5)",
         "weight_hh_l0 (12, 2)",
         "bias_ih_l0 (12,)",
         "bias_hh_l0 (12,)",
         "weight_hr_l0 (2, 3)",
         "weight_ih_l0_reverse (12, 5)",
         "weight_hh_l0_reverse (12, 2)",
         "bias_ih_l0_reverse (12,)",
         "bias_hh_l0_reverse (12,)",
         "weight_hr_l0_reverse (2, 3)",
         "weight_ih_l1 (12, 4)",
         "weight_hh_l1 (12, 2)",
         "bias_ih_l1 (12,)",
         "bias_hh_l1 (12,)",
         "weight_hr_l1 (2, 3)",
         "weight_ih_l1_reverse (12, 4)",
         "weight_hh_l1_reverse (12, 2)",
         "bias_ih_l1_reverse (12,)",
         "bias_hh_l1_reverse (12,)",
         "weight_hr_l1_reverse (2, 3)"});
  check(
      nn::LSTM({.input_size = 5, .hidden_size = 4, .num_layers = 2, .bias = false, .proj_size = 1}),
      4,
      {"weight_ih_l0 (16, 5)", "weight_hh_l0 (16, 1)", "weight_hr_l0 (1, 4)",
       "weight_ih_l1 (16, 1)", "weight_hh_l1 (16, 1)", "weight_hr_l1 (1, 4)"});
  check(nn::GRU({.input_size = 5, .hidden_size = 3, .bidirectional = true}), 3,
        {"weight_ih_l0 (9, 5)", "weight_hh_l0 (9, 3)", "bias_ih_l0 (9,)", "bias_hh_l0 (9,)",
         "weight_ih_l0_reverse (9, 5)", "weight_hh_l0_reverse (9, 3)", "bias_ih_l0_reverse (9,)",
         "bias_hh_l0_reverse (9,)"});
  check(
      nn::GRU({.input_size = 5, .hidden_size = 3, .num_layers = 2, .bias = false}), 3,
      {"weight_ih_l0 (9, 5)", "weight_hh_l0 (9, 3)", "weight_ih_l1 (9, 3)", "weight_hh_l1 (9, 3)"});
  check(nn::RNN({.input_size = 5, .hidden_size = 3, .num_layers = 2}), 3,
        {"weight_ih_l0 (3, 5)", "weight_hh_l0 (3, 3)", "bias_ih_l0 (3,)", "bias_hh_l0 (3,)",
         "weight_ih_l1 (3, 3)", "weight_hh_l1 (3, 3)", "bias_ih_l1 (3,)", "bias_hh_l1 (3,)"});
  check(nn::RNN({.input_size = 5, .hidden_size = 3, .bias = false, .bidirectional = true}), 3,
        {"weight_ih_l0 (3, 5)", "weight_hh_l0 (3, 3)", "weight_ih_l0_reverse (3, 5)",
         "weight_hh_l0_reverse (3, 3)"});
  check(nn::LSTMCell({.input_size = 5, .hidden_size = 3}), 3,
        {"weight_ih (12, 5)", "weight_hh (12, 3)", "bias_ih (12,)", "bias_hh (12,)"});
  check(nn::GRUCell({.input_size = 5, .hidden_size = 3}), 3,
        {"weight_ih (9, 5)", "weight_hh (9, 3)", "bias_ih (9,)", "bias_hh (9,)"});
  check(nn::RNNCell({.input_size = 5, .hidden_size = 3}), 3,
        {"weight_ih (3, 5)", "weight_hh (3, 3)", "bias_ih (3,)", "bias_hh (3,)"});
  check(nn::LSTMCell({.input_size = 5, .hidden_size = 3, .bias = false}), 3,
        {"weight_ih (12, 5)", "weight_hh (12, 3)"});
}

TEST_CASE("recurrent modules refuse options that make no sense") {
  for (const Kind& kind : kinds) {
    INFO(describe(kind));
    const auto refusal = [&](const Options& options) {
      return error_of([&] { make(kind.kind, options); });
    };
    const std::string sizes =
        kind.name + ": needs an input size, a hidden size and layers of at least 1, got ";
    CHECK(refusal({.input_size = 0, .hidden_size = 3}) == sizes + "0, 3 and 1");
    CHECK(refusal({.input_size = 2, .hidden_size = 0}) == sizes + "2, 0 and 1");
    CHECK(refusal({.input_size = 2, .hidden_size = -1}) == sizes + "2, -1 and 1");
    CHECK(refusal({.input_size = 2, .hidden_size = 3, .num_layers = 0}) == sizes + "2, 3 and 0");
    const std::string dropout = kind.name + ": needs a dropout in [0, 1), got ";
    CHECK(refusal({.input_size = 2, .hidden_size = 3, .dropout = 1}) == dropout + "1");
    CHECK(refusal({.input_size = 2, .hidden_size = 3, .dropout = -0.5}) == dropout + "-0.5");
    CHECK(refusal({.input_size = 2, .hidden_size = 3, .dropout = NAN}) == dropout + "nan");
  }
  for (const Index projected : {-1, 3, 4})
    CHECK(
        error_of([=] { nn::LSTM({.input_size = 2, .hidden_size = 3, .proj_size = projected}); }) ==
        fmt::format("lstm: needs a projection to less than the 3 hidden units, got {}", projected));

  const auto of_cells = [](const Options& options) {
    return error_of([&] { nn::BidirectionalLSTM{options}; });
  };
  CHECK(of_cells({.input_size = 2, .hidden_size = 3, .num_layers = 0}) ==
        "bidirectional_lstm: needs at least 1 layer, got 0");
  CHECK(of_cells({.input_size = 2, .hidden_size = 3, .dropout = 1}) ==
        "bidirectional_lstm: needs a dropout in [0, 1), got 1");
  CHECK(of_cells({.input_size = 2, .hidden_size = 3, .proj_size = 2}) ==
        "bidirectional_lstm: cells have no projection, got one to 2");

  const std::string sizes = ": needs an input size and a hidden size of at least 1, got 0 and 3";
  CHECK_THROWS_WITH(nn::LSTMCell({.input_size = 0, .hidden_size = 3}), "lstm_cell" + sizes);
  CHECK_THROWS_WITH(nn::GRUCell({.input_size = 0, .hidden_size = 3}), "gru_cell" + sizes);
  CHECK_THROWS_WITH(nn::RNNCell({.input_size = 0, .hidden_size = 3}), "rnn_cell" + sizes);
  CHECK_THROWS_AS(nn::RNNCell({.input_size = 2, .hidden_size = -3}), Error);
}

TEST_CASE("recurrent modules refuse inputs, states and lengths that do not fit") {
  const auto check = [](const std::string& name, const AnyRecurrent& module, bool has_c, Index size,
                        bool batch_first) {
    INFO(name << ", batch first " << batch_first);
    const auto x_of = [&](Index steps, Index batch, Index features) {
      return zeros(batch_first ? Shape{batch, steps, features} : Shape{steps, batch, features});
    };
    const auto refusal = [&](const Tensor& x, const RecurrentState& initial = {},
                             const Lengths& lengths = {}) {
      return error_of([&] { module(x, initial, lengths); });
    };
    const std::string needs = name + ": needs (" + (batch_first ? "B, T" : "T, B") +
                              ", 2), or (T, 2) for a single sequence, got ";
    CHECK(refusal(zeros({4, 5, 3})) == needs + "(4, 5, 3)");
    CHECK(refusal(zeros({4, 3})) == needs + "(4, 3)");
    CHECK(refusal(zeros({2})) == needs + "(2,)");
    CHECK(refusal(zeros({1, 4, 5, 2})) == needs + "(1, 4, 5, 2)");
    CHECK(refusal(zeros({0, 2})) == name + ": needs at least one step, got (0, 2)");
    CHECK(refusal(x_of(0, 5, 2)) ==
          name + ": needs at least one step, got " + (batch_first ? "(5, 0, 2)" : "(0, 5, 2)"));
    CHECK(module(x_of(4, 0, 2)).output.size(-1) == 2 * size);

    const Tensor x = x_of(4, 5, 2), alone = zeros({4, 2});
    const Tensor h = zeros({4, 5, size}), h_alone = zeros({4, size});
    const Tensor c = has_c ? zeros({4, 5, 3}) : Tensor();
    // Every initial state that is not h or c exactly, even where it would broadcast.
    const auto is_refused = [&](const Tensor& input, const RecurrentState& initial,
                                const Shape& expected, const Shape& got) {
      const std::string message = refusal(input, initial);
      INFO(message);
      CHECK(message.rfind(name + ": x " + to_string(input.shape()) + " needs ", 0) == 0);
      const std::string end = to_string(expected) + ", got " + to_string(got);
      CHECK(message.find(end) + end.size() == message.size());
    };
    for (const Shape& wrong : {Shape{2, 5, size}, Shape{8, 5, size}, Shape{4, 1, size},
                               Shape{4, 5, 1}, Shape{5, 4, size}, Shape{4, size}, Shape{}}) {
      is_refused(x, {zeros(wrong), c}, {4, 5, size}, wrong);
    }
    if (has_c)
      for (const Shape& wrong : {Shape{2, 5, 3}, Shape{4, 1, 3}, Shape{4, 5, 1}, Shape{4, 3}})
        is_refused(x, {h, zeros(wrong)}, {4, 5, 3}, wrong);
    is_refused(alone, {zeros({4, 1, size}), {}}, {4, size}, {4, 1, size});
    if (has_c) is_refused(alone, {h_alone, zeros({4, 1, 3})}, {4, 3}, {4, 1, 3});

    const std::string types = name + ": element types ";
    CHECK(refusal(Tensor(x.value().to(DType::float32))).rfind(types, 0) == 0);
    CHECK(refusal(Tensor(x.value().to(DType::int64))).rfind(types, 0) == 0);
    CHECK(refusal(x, {Tensor(h.value().to(DType::float32)), c}).rfind(types, 0) == 0);
    if (has_c) CHECK(refusal(x, {h, Tensor(c.value().to(DType::float32))}).rfind(types, 0) == 0);

    CHECK(refusal(x, {}, {4, 4, 4, 4}) == name + ": needs a length for each of 5 sequences, got 4");
    CHECK(refusal(x, {}, {4, 4, 0, 4, 4}) == name + ": needs lengths from 1 to 4, got 0");
    CHECK(refusal(x, {}, {4, 4, -1, 4, 4}) == name + ": needs lengths from 1 to 4, got -1");
    CHECK(refusal(x, {}, {4, 4, 4, 5, 4}) == name + ": needs lengths from 1 to 4, got 5");
    CHECK(refusal(alone, {}, {4, 4}) == name + ": needs a length for each of 1 sequences, got 2");
    CHECK(refusal(alone, {}, {5}) == name + ": needs lengths from 1 to 4, got 5");
    CHECK(refusal(x, {h, c}, {4, 1, 2, 3, 4}) == "no error");
  };
  for (const bool batch_first : {false, true}) {
    Options options{.input_size = 2,
                    .hidden_size = 3,
                    .num_layers = 2,
                    .batch_first = batch_first,
                    .bidirectional = true};
    check("bidirectional_lstm", make_of_cells(options), true, 3, batch_first);
    for (const Kind& kind : kinds) {
      options.proj_size = kind.projected;
      check(kind.name, make(kind.kind, options), kind.kind == CellKind::lstm, output_size(options),
            batch_first);
    }
  }
}

TEST_CASE("recurrent cells refuse inputs and states that do not fit") {
  const auto check = [](const std::string& name, bool has_c, const auto& step) {
    INFO(name);
    const auto refusal = [&](const Tensor& x, const Tensor& h = {}, const Tensor& c = {}) {
      return error_of([&] { step(x, RecurrentState{h, c}); });
    };
    CHECK(refusal(zeros({4, 3})) == name + ": needs (B, 2) or (2), got (4, 3)");
    CHECK(refusal(zeros({3})) == name + ": needs (B, 2) or (2), got (3,)");
    CHECK(refusal(zeros({1, 4, 2})) == name + ": needs (B, 2) or (2), got (1, 4, 2)");
    CHECK(refusal(zeros({})) == name + ": needs (B, 2) or (2), got ()");

    const Tensor x = zeros({4, 2}), alone = zeros({2}), h = zeros({4, 3});
    const std::string both = ": both or none must have a batch";
    CHECK(refusal(x, zeros({3})) == name + ": x (4, 2) and a state (3,)" + both);
    CHECK(refusal(alone, zeros({1, 3})) == name + ": x (2,) and a state (1, 3)" + both);
    const std::string needs = name + ": needs x (B, I) and a state (B, 3), got ";
    CHECK(refusal(x, zeros({1, 3})) == needs + "(4, 2) with (1, 3)");
    CHECK(refusal(x, zeros({4, 1})) == needs + "(4, 2) with (4, 1)");
    CHECK(refusal(alone, zeros({4})) == needs + "(1, 2) with (1, 4)");
    if (has_c) {
      CHECK(refusal(x, h, zeros({3})) == name + ": x (4, 2) and a state (3,)" + both);
      CHECK(refusal(x, h, zeros({1, 3})) == needs + "(4, 2) with (1, 3)");
      CHECK(refusal(x, h, zeros({4, 1})) == needs + "(4, 2) with (4, 1)");
    }
    const std::string types = name + ": element types ";
    CHECK(refusal(Tensor(x.value().to(DType::float32))).rfind(types, 0) == 0);
    CHECK(refusal(x, Tensor(h.value().to(DType::float32))).rfind(types, 0) == 0);
    if (has_c) CHECK(refusal(x, h, Tensor(h.value().to(DType::float32))).rfind(types, 0) == 0);
    CHECK(refusal(x, h) == "no error");
    CHECK(refusal(alone) == "no error");
  };
  const auto lstm = make_module<nn::LSTMCell>({.input_size = 2, .hidden_size = 3});
  const auto gru = make_module<nn::GRUCell>({.input_size = 2, .hidden_size = 3});
  const auto rnn = make_module<nn::RNNCell>({.input_size = 2, .hidden_size = 3});
  check("lstm_cell", true,
        [&](const Tensor& x, const RecurrentState& state) { (*lstm)(x, state); });
  check("gru_cell", false,
        [&](const Tensor& x, const RecurrentState& state) { (*gru)(x, state.h); });
  check("rnn_cell", false,
        [&](const Tensor& x, const RecurrentState& state) { (*rnn)(x, state.h); });
}

TEST_CASE("a recurrent cell is one step of the module of its kind") {
  const Tensor x(random_array({1, 4, 2})), x_t(part(x, 0));
  const Options options{.input_size = 2, .hidden_size = 3};
  const RecurrentState initial = random_state(CellKind::lstm, options, 4);
  const Tensor h(part(initial.h, 0)), c(part(initial.c, 0));
  // Made in the same order from the same random numbers, the parameters are equal.
  const auto check = [&](CellKind kind, const RecurrentState& next, const RecurrentState& without) {
    const AnyRecurrent module = make(kind, options);
    const Output y = module(x, initial), from_zero = module(x);
    CHECK(test::distance(next.h.value(), part(y.output, 0)) < 1e-14);
    CHECK(test::distance(without.h.value(), part(from_zero.output, 0)) < 1e-14);
    if (next.c.defined()) CHECK(test::distance(next.c.value(), part(y.c_n, 0)) < 1e-14);
  };
  const auto lstm = make_module<nn::LSTMCell>({.input_size = 2, .hidden_size = 3});
  check(CellKind::lstm, (*lstm)(x_t, {h, c}), (*lstm)(x_t));
  const auto gru = make_module<nn::GRUCell>({.input_size = 2, .hidden_size = 3});
  check(CellKind::gru, {(*gru)(x_t, h)}, {(*gru)(x_t)});
  for (const Nonlinearity nonlinearity : {Nonlinearity::tanh, Nonlinearity::relu}) {
    const auto rnn =
        make_module<nn::RNNCell>({.input_size = 2, .hidden_size = 3, .nonlinearity = nonlinearity});
    check(nonlinearity == Nonlinearity::tanh ? CellKind::rnn_tanh : CellKind::rnn_relu,
          {(*rnn)(x_t, h)}, {(*rnn)(x_t)});
  }
}
