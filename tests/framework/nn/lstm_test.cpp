#include "scanline/framework/nn/lstm.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/nn/bidirectional_lstm.hpp"
#include "tests/framework/nn/recurrent_modules.hpp"

using namespace scanline;
using namespace scanline::test;
using Values = std::vector<double>;

namespace {

struct Sizes {
  Index steps, batch, inputs, hidden;
};

/// The `width` columns from `begin` on of a matrix.
Array columns(const Array& matrix, Index begin, Index width) {
  return slice(Tensor(matrix), 1, begin, begin + width).value();
}

/// The parameters of one layer and direction, by name.
RecurrentParameters parameters_of(const nn::LSTM& lstm, const std::string& suffix) {
  const NamedArrays values = lstm.state_dict();
  const auto find = [&](const char* name) { return Tensor(values.at(name + suffix)); };
  return {find("weight_ih"), find("weight_hh"), find("bias_ih"), find("bias_hh")};
}

RecurrentState random_state(Index states, Index batch, Index hidden) {
  return {Tensor(random_array({states, batch, hidden}, 21)),
          Tensor(random_array({states, batch, hidden}, 22))};
}

}  // namespace

// The expected numbers were computed by PyTorch 1.13:
//
//     lstm = torch.nn.LSTM(3, 2, num_layers=2, bidirectional=True).double()
//     k = 0
//     def fill(tensor):  # sin(1), sin(2), ... through all tensors
//         global k
//         with torch.no_grad():
//             flat = tensor.view(-1)
//             for i in range(flat.numel()):
//                 k += 1
//                 flat[i] = math.sin(k)
//     for p in lstm.parameters(): fill(p)
//     x, h, c = (torch.zero_tensor(s).double() for s in ((3, 2, 3), (4, 2, 2), (4, 2, 2)))
//     for t in (x, h, c): fill(t)
//     x.requires_grad_()
//     output, (h_n, c_n) = lstm(x, (h, c))
//     weights = torch.tensor([math.cos(i) for i in range(output.numel())],
//                            dtype=torch.float64)
//     (output * weights.view(output.shape)).sum().backward()
//     x.grad, [p.grad.sum() for p in lstm.parameters()]
TEST_CASE("an LSTM computes what PyTorch's does") {
  nn::LSTM lstm({.input_size = 3, .hidden_size = 2, .num_layers = 2, .bidirectional = true});
  lstm.to(DType::float64);
  int k = 0;
  const auto fill = [&](const Array& values) {
    for (Index i = 0; i < values.size(); ++i) values.data<double>()[i] = std::sin(++k);
    return values;
  };
  for (const Tensor& parameter : lstm.parameters()) fill(parameter.value());
  const Tensor x = test::leaf(fill(Array({3, 2, 3}, DType::float64)));
  const Tensor h(fill(Array({4, 2, 2}, DType::float64))), c(fill(Array({4, 2, 2}, DType::float64)));
  const nn::LSTM::Output y = lstm(x, {h, c});

  const Array output =
      array({0.039286959682498, 0.129364578730315,  -0.125763530214801, -0.655261935604611,
             0.118524097268565, 0.003640413131375,  -0.112899158635195, -0.515470075696382,
             0.072923167591050, 0.071580200902901,  -0.145082575523652, -0.521651758274501,
             0.109121639753557, -0.021871046352434, -0.127476538959473, -0.360851356120934,
             0.071284672183532, 0.027605083792135,  -0.620472804018294, -0.304031322054268,
             0.088733626221150, -0.039537236576389, -0.055277288926712, -0.089136918562829},
            {3, 2, 4});
  const Array h_n =
      array({0.202624385545856, -0.024416495895828, 0.019715969364080, 0.214993072511590,
             0.026438590896630, 0.207978313837619, 0.289338602132074, -0.001753994298309,
             0.071284672183532, 0.027605083792135, 0.088733626221150, -0.039537236576389,
             -0.125763530214801, -0.655261935604611, -0.112899158635195, -0.515470075696382},
            {4, 2, 2});
  const Array c_n =
      array({0.792598665999632, -0.103376441058101, 0.087194953375504, 1.074952426328001,
             0.153837831676950, 0.396182030152892, 0.459520232483041, -0.019867015273249,
             0.357329089517274, 0.097120953287061, 0.504902807265127, -0.139696634064807,
             -0.865001473960659, -1.205885422943011, -0.411282494462029, -1.144944982858373},
            {4, 2, 2});
  CHECK(test::distance(y.output.value(), output) < 1e-12);
  CHECK(test::distance(y.h_n.value(), h_n) < 1e-12);
  CHECK(test::distance(y.c_n.value(), c_n) < 1e-12);

  Array weights({3, 2, 4}, DType::float64);
  for (Index i = 0; i < weights.size(); ++i)
    weights.data<double>()[i] = std::cos(static_cast<double>(i));
  backward(y.output, weights);
  const Array x_grad =
      array({0.003183097281351, -0.018029887732118, -0.022666277113765, 0.005884270173064,
             -0.000503102688113, -0.006427925258015, -0.008968076625609, -0.017062058907716,
             -0.009469262915784, -0.004516944630445, 0.014908956459560, 0.020627631736821,
             0.018811721434667, 0.011800965742946, -0.006059543429898, 0.008765193355998,
             -0.009779452146678, -0.019332914445953},
            {3, 2, 3});
  CHECK(test::distance(x.grad(), x_grad) < 1e-12);
  const Values grad_sums{
      0.112566097968358,  -0.047135491224313, -0.081764397692213, -0.081764397692213,
      -0.059100708501158, 0.081667729739309,  0.092338570631912,  0.092338570631912,
      -0.016128589563200, 0.015433467705904,  -0.139845496283944, -0.139845496283944,
      -0.172236549438950, -0.804853657218035, -0.211544347807268, -0.211544347807268};
  const std::vector<Tensor> parameters = lstm.parameters();
  REQUIRE(parameters.size() == grad_sums.size());
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    double sum = 0;
    for (const double value : values(parameters[p].grad())) sum += value;
    CHECK(std::abs(sum - grad_sums[p]) < 1e-12);
  }
}

TEST_CASE("gradients of all parameters, of the input and of the initial states") {
  for (const Sizes s :
       {Sizes{1, 1, 1, 1}, Sizes{3, 2, 3, 2}, Sizes{2, 3, 1, 3}, Sizes{5, 1, 3, 1}}) {
    for (const Index layers : {1, 2}) {
      for (const bool bidirectional : {false, true}) {
        nn::LSTM lstm({.input_size = s.inputs,
                       .hidden_size = s.hidden,
                       .num_layers = layers,
                       .bidirectional = bidirectional});
        lstm.to(DType::float64);
        const Tensor x = test::random_leaf({s.steps, s.batch, s.inputs}, 1);
        const Shape states{layers * (bidirectional ? 2 : 1), s.batch, s.hidden};
        const Tensor h = test::random_leaf(states, 2), c = test::random_leaf(states, 3);
        std::vector<Tensor> leaves = lstm.parameters();
        for (const Tensor& leaf : {x, h, c}) leaves.push_back(leaf);
        const GradcheckResult result = gradcheck(
            [&] {
              return everything(lstm(x, {h, c}));
            },
            leaves);
        INFO("T " << s.steps << ", B " << s.batch << ", I " << s.inputs << ", H " << s.hidden
                  << ", " << layers << " layers, "
                  << (bidirectional ? "bidirectional: " : "forward: ") << result.failure);
        CHECK(result.passed());
      }
    }
  }
}

TEST_CASE("a stacked bidirectional LSTM feeds both directions to both of the next layer") {
  const Index steps = 4, batch = 2, hidden = 3;
  nn::LSTM lstm({.input_size = 2, .hidden_size = hidden, .num_layers = 2, .bidirectional = true});
  lstm.to(DType::float64);
  const Tensor x(random_array({steps, batch, 2}));
  const RecurrentState initial = random_state(4, batch, hidden);
  const nn::LSTM::Output y = lstm(x, initial);

  Tensor sequence = x;
  std::vector<Tensor> h_n, c_n;
  for (const std::string layer : {"_l0", "_l1"}) {
    std::vector<Tensor> outputs;
    for (const Direction direction : {Direction::forward, Direction::reverse}) {
      const bool is_forward = direction == Direction::forward;
      const auto which = static_cast<Index>(h_n.size());
      const RecurrentSequence read = recurrent_sequence(
          CellKind::lstm, sequence,
          {Tensor(part(initial.h, which)), Tensor(part(initial.c, which))},
          parameters_of(lstm, layer + (is_forward ? "" : "_reverse")), direction);
      outputs.push_back(read.output);
      h_n.push_back(read.final.h);
      c_n.push_back(read.final.c);
    }
    sequence = concatenate(outputs, 2);
  }
  CHECK(test::distance(y.output.value(), sequence.value()) < 1e-14);
  CHECK(test::distance(y.h_n.value(), stack(h_n, 0).value()) < 1e-14);
  CHECK(test::distance(y.c_n.value(), stack(c_n, 0).value()) < 1e-14);
}

TEST_CASE("h_n is the last output of the forward direction, and the first of the reverse one") {
  const Index steps = 5, batch = 3, hidden = 2;
  nn::LSTM lstm({.input_size = 4, .hidden_size = hidden, .num_layers = 2, .bidirectional = true});
  lstm.to(DType::float64);
  const nn::LSTM::Output y = lstm(Tensor(random_array({steps, batch, 4})));
  REQUIRE(y.output.shape() == Shape{steps, batch, 2 * hidden});
  REQUIRE(y.h_n.shape() == Shape{4, batch, hidden});
  REQUIRE(y.c_n.shape() == Shape{4, batch, hidden});
  const Array last = part(y.output, steps - 1), first = part(y.output, 0);
  CHECK(test::distance(columns(last, 0, hidden), part(y.h_n, 2)) == 0);
  CHECK(test::distance(columns(first, hidden, hidden), part(y.h_n, 3)) == 0);
  CHECK(test::distance(columns(last, hidden, hidden), part(y.h_n, 3)) > 0.001);
}

TEST_CASE("the reverse direction has read a single step at the last index") {
  nn::LSTM lstm({.input_size = 2, .hidden_size = 3, .bidirectional = true});
  lstm.to(DType::float64);
  const Tensor x(random_array({4, 2, 2}));
  const Array last = part(lstm(x).output, 3);
  const Tensor zero(Array::zeros({2, 3}, DType::float64));
  const RecurrentState step =
      lstm_cell(Tensor(part(x, 3)), {zero, zero}, parameters_of(lstm, "_l0_reverse"));
  CHECK(test::distance(columns(last, 3, 3), step.h.value()) < 1e-14);
}

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
    const auto cells = make_module<BidirectionalLSTM>(options);
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
  const auto cells = make_module<BidirectionalLSTM>(options);
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
