#include <string>

#include "tests/catch.hpp"
#include "tests/framework/nn/recurrent_modules.hpp"

using namespace scanline;
using namespace scanline::test;

TEST_CASE("recurrent modules refuse inputs, states and lengths that do not fit") {
  const auto check = [](const std::string& name, const AnyRecurrent& module, bool has_c, Index size,
                        bool batch_first) {
    INFO(name << ", batch first " << batch_first);
    const auto x_of = [&](Index steps, Index batch, Index features) {
      return zero_tensor(batch_first ? Shape{batch, steps, features}
                                     : Shape{steps, batch, features});
    };
    const auto refusal = [&](const Tensor& x, const RecurrentState& initial = {},
                             const Lengths& lengths = {}) {
      return error_of([&] { module(x, initial, lengths); });
    };
    const std::string needs = name + ": needs (" + (batch_first ? "B, T" : "T, B") +
                              ", 2), or (T, 2) for a single sequence, got ";
    CHECK(refusal(zero_tensor({4, 5, 3})) == needs + "(4, 5, 3)");
    CHECK(refusal(zero_tensor({4, 3})) == needs + "(4, 3)");
    CHECK(refusal(zero_tensor({2})) == needs + "(2,)");
    CHECK(refusal(zero_tensor({1, 4, 5, 2})) == needs + "(1, 4, 5, 2)");
    CHECK(refusal(zero_tensor({0, 2})) == name + ": needs at least one step, got (0, 2)");
    CHECK(refusal(x_of(0, 5, 2)) ==
          name + ": needs at least one step, got " + (batch_first ? "(5, 0, 2)" : "(0, 5, 2)"));
    CHECK(module(x_of(4, 0, 2)).output.size(-1) == 2 * size);

    const Tensor x = x_of(4, 5, 2), alone = zero_tensor({4, 2});
    const Tensor h = zero_tensor({4, 5, size}), h_alone = zero_tensor({4, size});
    const Tensor c = has_c ? zero_tensor({4, 5, 3}) : Tensor();
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
      is_refused(x, {zero_tensor(wrong), c}, {4, 5, size}, wrong);
    }
    if (has_c)
      for (const Shape& wrong : {Shape{2, 5, 3}, Shape{4, 1, 3}, Shape{4, 5, 1}, Shape{4, 3}})
        is_refused(x, {h, zero_tensor(wrong)}, {4, 5, 3}, wrong);
    is_refused(alone, {zero_tensor({4, 1, size}), {}}, {4, size}, {4, 1, size});
    if (has_c) is_refused(alone, {h_alone, zero_tensor({4, 1, 3})}, {4, 3}, {4, 1, 3});

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
    for (const Kind& kind : kinds) {
      options.proj_size = kind.projected;
      check(kind.name, make(kind.kind, options), kind.kind == CellKind::lstm, output_size(options),
            batch_first);
    }
  }
}
