// What holds for every recurrent module; lstm_test.cpp has what is told of the LSTM only.

#include "scanline/framework/nn/recurrent.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/nn/recurrent_modules.hpp"

using namespace scanline;
using namespace scanline::test;

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
//     x, h, c = (fill(torch.zero_tensor(s).double()) for s in ((4, 3, 3), (4, 3, 4), (4, 3, 4)))
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
    const Options options = two_layers_bidirectional(kind);
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
          INFO(describe(kind) << ", batch first " << batch_first << ", bidirectional "
                              << bidirectional << ", " << layers << " layers");
          const AnyRecurrent module = make(kind.kind, options);
          const Index directions = bidirectional ? 2 : 1, states = layers * directions;
          const Index size = kind.projected > 0 ? 2 : 5, width = directions * size;
          const bool has_c = kind.kind == CellKind::lstm;

          const Output y =
              module(zero_tensor(batch_first ? Shape{batch, steps, 2} : Shape{steps, batch, 2}));
          CHECK(y.output.shape() ==
                (batch_first ? Shape{batch, steps, width} : Shape{steps, batch, width}));
          CHECK(y.h_n.shape() == Shape{states, batch, size});
          REQUIRE(y.c_n.defined() == has_c);
          if (has_c) CHECK(y.c_n.shape() == Shape{states, batch, 5});

          const Output alone = module(zero_tensor({steps, 2}));
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
      const Options options = two_layers_bidirectional(kind, batch_first);
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
      const Options options = two_layers_bidirectional(kind, batch_first);
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
      const Options options = two_layers_bidirectional(kind, batch_first);
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
    const Options options = two_layers_bidirectional(kind);
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
    const Options options = two_layers_bidirectional(kind);
    check(make(kind.kind, options), random_state(kind.kind, options, 3));
  }
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
