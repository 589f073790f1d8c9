#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "scanline/framework/optim/adam.hpp"
#include "scanline/framework/optim/clip.hpp"
#include "scanline/framework/optim/ema.hpp"
#include "scanline/framework/optim/rmsprop.hpp"
#include "scanline/framework/optim/schedules.hpp"
#include "scanline/framework/optim/sgd.hpp"
#include "tests/catch.hpp"
#include "tests/framework/optim/expected.hpp"

using namespace scanline;
namespace expected = test::expected;

namespace {

using Values = std::vector<double>;
using MakeOptimizer = std::function<std::unique_ptr<optim::Optimizer>(std::vector<Tensor>)>;

Tensor vector_of(const Values& values, DType dtype, bool requires_grad = false) {
  return Tensor(Array::from(values).to(dtype), requires_grad);
}

Values values_of(const Array& array) {
  Values result;
  for (Index i = 0; i < array.size(); ++i) result.push_back(array.at(i));
  return result;
}

/// The problem of make_expected.py, whose optimum the optimizers approach. After half of the steps
/// another optimizer goes on, if `change` says so, from the state of the first.
Values trajectory(const MakeOptimizer& make, DType dtype, bool change = false) {
  const Tensor curvature = vector_of({0.5, 1, 2, 4}, dtype),
               target = vector_of({1, -1, 0.5, -2}, dtype);
  const Tensor p = vector_of({0.3, 0.6, -0.4, 0.2}, dtype, /*requires_grad=*/true);
  auto optimizer = make({p});
  for (int step = 0; step < 50; ++step) {
    if (change && step == 25) {
      const auto first = std::exchange(optimizer, make({p}));
      optimizer->load_state_dict(first->state_dict());
    }
    optimizer->zero_grad();
    const Tensor distance = p - target;
    const Tensor product = slice(p, 0, 0, 1) * slice(p, 0, 1, 2) * slice(p, 0, 2, 3);
    // The sine's gradient by hand, since there is no such op: d sin(u) = cos(u) du.
    const Tensor tangent = product * std::cos(product.item());
    (sum(curvature * distance * distance) + sum(tangent)).backward();
    optimizer->step();
  }
  return values_of(p.value());
}

template <class Optimizer>
MakeOptimizer make(double learning_rate, typename Optimizer::Options options) {
  return [=](std::vector<Tensor> parameters) {
    return std::make_unique<Optimizer>(std::move(parameters), learning_rate, options);
  };
}

void check_close(const Values& found, const Values& wanted, double tolerance) {
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("element " << i);
    CHECK(std::abs(found[i] - wanted[i]) <= tolerance * std::max(1.0, std::abs(wanted[i])));
  }
}

}  // namespace

TEST_CASE("optimizers go where PyTorch's go") {
  struct Case {
    std::string name;
    MakeOptimizer make;
    Values wanted;
  };
  const std::vector<Case> cases{
      {"sgd", make<optim::Sgd>(0.02, {}), expected::sgd},
      {"sgd with momentum", make<optim::Sgd>(0.02, {.momentum = 0.9}), expected::sgd_momentum},
      {"sgd with Nesterov's momentum and decay",
       make<optim::Sgd>(0.02, {.momentum = 0.9, .nesterov = true, .weight_decay = 0.1}),
       expected::sgd_nesterov_decay},
      {"rmsprop", make<optim::RmsProp>(0.01, {}), expected::rmsprop},
      {"rmsprop with momentum and decay",
       make<optim::RmsProp>(0.01, {.alpha = 0.9, .momentum = 0.5, .weight_decay = 0.1}),
       expected::rmsprop_momentum_decay},
      {"adam", make<optim::Adam>(0.05, {}), expected::adam},
      {"adam with decay",
       make<optim::Adam>(0.05, {.beta1 = 0.8, .beta2 = 0.99, .weight_decay = 0.1}),
       expected::adam_decay},
      {"adamw", make<optim::AdamW>(0.05, {.weight_decay = 0.01}), expected::adamw},
      {"adamw with decay", make<optim::AdamW>(0.05, {.beta2 = 0.99, .weight_decay = 0.3}),
       expected::adamw_decay},
  };
  for (const Case& one : cases) {
    INFO(one.name);
    check_close(trajectory(one.make, DType::float64), one.wanted, 1e-10);
    check_close(trajectory(one.make, DType::float32), one.wanted, 1e-5);
    CHECK(trajectory(one.make, DType::float32, /*change=*/true) ==
          trajectory(one.make, DType::float32));
  }
}

TEST_CASE("an optimizer takes no other one's state") {
  const Tensor p = vector_of({1, 2}, DType::float32, true),
               q = vector_of({1}, DType::float32, true);
  optim::Adam adam({p}, 0.1, {});
  CHECK_THROWS_WITH(adam.load_state_dict(optim::Sgd({p}, 0.1, {}).state_dict()),
                    "tensors do not fit the optimizer: missing moment.0, square.0; "
                    "unexpected velocity.0");
  CHECK_THROWS_WITH(adam.load_state_dict(optim::Adam({q}, 0.1, {}).state_dict()),
                    ContainsSubstring("misshapen moment.0 (expected (2,), found (1,))"));
}

TEST_CASE("optimizers skip what has no gradient, and take no constants") {
  const Tensor used = vector_of({1, 2}, DType::float32, true);
  const Tensor unused = vector_of({3, 4}, DType::float32, true);
  optim::AdamW optimizer({used, unused}, 0.1);
  sum(used).backward();
  optimizer.step();
  CHECK(values_of(unused.value()) == Values{3, 4});
  CHECK(used.value().at(0) < 1);
  CHECK_THROWS_AS(optim::Sgd({vector_of({1}, DType::float32)}, 0.1, {}), Error);
}

TEST_CASE("no element may be reached through two parameters") {
  const Tensor p = vector_of({1, 2}, DType::float32, true),
               q = vector_of({3}, DType::float32, true);
  CHECK_THROWS_WITH(optim::Adam({q, p, p}, 0.1, {}),
                    "Adam: expected parameters without common elements, found that number 1 "
                    "and 2 share some");
  CHECK_THROWS_AS(optim::Ema({p, p}, 0.5), Error);
  CHECK_THROWS_AS(optim::clip_grad_norm({p, q, p}, 1), Error);
  CHECK_THROWS_AS(optim::Sgd({p, Tensor()}, 0.1, {}), Error);

  const Array whole = Array::zeros({4});
  const auto part = [&](Index begin, Index end) { return Tensor(whole.rows(begin, end), true); };
  CHECK_THROWS_AS(optim::Sgd({Tensor(whole, true), Tensor(whole, true)}, 0.1, {}), Error);
  CHECK_THROWS_AS(optim::Sgd({part(0, 4), q, part(2, 3)}, 0.1, {}), Error);
  CHECK_NOTHROW(optim::Sgd({part(2, 4), q, part(0, 2), part(1, 1)}, 0.1, {}));
}

TEST_CASE("schedules have PyTorch's learning rates") {
  const auto rates = [](const optim::Schedule& schedule) {
    Values result;
    for (Index t = 0; t < 50; ++t) result.push_back(schedule.at(t));
    return result;
  };
  using optim::ScheduleKind;
  check_close(rates({.kind = ScheduleKind::step,
                     .learning_rate = 0.1,
                     .total_steps = 50,
                     .step_size = 7,
                     .gamma = 0.5}),
              expected::step_rates, 1e-12);
  check_close(rates({.kind = ScheduleKind::cosine, .learning_rate = 0.1, .total_steps = 50}),
              expected::cosine_rates, 1e-12);
  // PyTorch's scheduler steps once more than the optimizer, hence its 51 steps.
  check_close(rates({.kind = ScheduleKind::onecycle, .learning_rate = 0.1, .total_steps = 51}),
              expected::onecycle_rates, 1e-12);
  check_close(rates({.kind = ScheduleKind::onecycle,
                     .learning_rate = 0.1,
                     .total_steps = 51,
                     .warmup_steps = 10}),
              expected::onecycle_short_rise_rates, 1e-12);

  optim::Plateau plateau({.decay = 0.5, .patience = 2});
  Values plateau_rates;
  for (int epoch = 0; epoch < 50; ++epoch) {
    plateau.observe(1.0 / (1 + std::min(epoch, 10)) - 1e-6 * epoch - (epoch > 30 ? 0.05 : 0));
    plateau_rates.push_back(0.1 * plateau.factor());
  }
  check_close(plateau_rates, expected::plateau_rates, 1e-12);
}

TEST_CASE("Plateau asks for the same progress whatever the sign of the loss") {
  const auto factor_after = [](double first, double change) {
    optim::Plateau plateau({.decay = 0.1, .patience = 2});
    for (int epoch = 0; epoch < 12; ++epoch) plateau.observe(first + change * epoch);
    return plateau.factor();
  };
  for (const double first : {-10.0, -1.0, 0.0, 1.0, 10.0}) {
    INFO(first);
    for (const double too_little : {0.0, 1e-5, -9e-5 * std::abs(first) / 12})
      CHECK(factor_after(first, too_little) == Approx(1e-3));
  }
  for (const double first : {-10.0, -1.0, 0.0, 10.0}) CHECK(factor_after(first, -0.01) == 1);
}

TEST_CASE("optimizers and what steers them refuse senseless numbers") {
  const Tensor p = vector_of({1}, DType::float32, true);
  const double infinity = std::numeric_limits<double>::infinity();
  using optim::Adam, optim::AdamW, optim::RmsProp, optim::Sgd;
  CHECK_THROWS_WITH(Adam({p}, 0.1, {.beta1 = 1}),
                    "Adam: expected beta1 from 0 to below 1, found 1");
  CHECK_THROWS_WITH(Adam({p}, 0.1, {.beta2 = 1}),
                    "Adam: expected beta2 from 0 to below 1, found 1");
  CHECK_THROWS_WITH(AdamW({p}, 0.1, {.beta1 = -0.1}),
                    "AdamW: expected beta1 from 0 to below 1, found -0.1");
  CHECK_THROWS_WITH(Adam({p}, 0.1, {.epsilon = -1}),
                    "Adam: expected a finite epsilon of at least 0, found -1");
  CHECK_THROWS_WITH(AdamW({p}, 0.1, {.weight_decay = -1}),
                    "AdamW: expected a finite weight_decay of at least 0, found -1");
  CHECK_THROWS_WITH(RmsProp({p}, 0.1, {.alpha = 2}),
                    "RmsProp: expected alpha from 0 to below 1, found 2");
  CHECK_THROWS_AS(RmsProp({p}, 0.1, {.epsilon = -1}), Error);
  CHECK_THROWS_AS(RmsProp({p}, 0.1, {.momentum = NAN}), Error);
  CHECK_THROWS_AS(RmsProp({p}, 0.1, {.weight_decay = infinity}), Error);
  CHECK_THROWS_WITH(Sgd({p}, 0.1, {.nesterov = true}),
                    "Sgd: expected a momentum above 0 with nesterov, found 0");
  CHECK_THROWS_AS(Sgd({p}, 0.1, {.momentum = -0.5}), Error);
  CHECK_THROWS_AS(Sgd({p}, 0.1, {.weight_decay = -0.5}), Error);
  for (const double rate : {-1.0, static_cast<double>(NAN), infinity}) {
    CHECK_THROWS_AS(Sgd({p}, rate, {}), Error);
    CHECK_THROWS_AS(RmsProp({p}, rate, {}), Error);
    CHECK_THROWS_AS(Adam({p}, rate, {}), Error);
    CHECK_THROWS_AS(AdamW({p}, rate), Error);
    Sgd sgd({p}, 0.1, {});
    CHECK_THROWS_AS(sgd.set_learning_rate(rate), Error);
    CHECK(sgd.learning_rate() == 0.1);
  }
  CHECK_THROWS_WITH(AdamW({p}, -1),
                    "AdamW: expected a finite learning rate of at least 0, found -1");
  CHECK_NOTHROW(Sgd({p}, 0, {}));

  CHECK_THROWS_WITH(optim::Ema({p}, 1), "Ema: expected decay from 0 to below 1, found 1");
  CHECK_THROWS_AS(optim::Ema({p}, NAN), Error);
  CHECK_THROWS_WITH(optim::clip_grad_norm({p}, -1),
                    "clip_grad_norm: expected a max_norm of at least 0, found -1");
  CHECK_THROWS_AS(optim::clip_grad_norm({p}, NAN), Error);
  CHECK_NOTHROW(optim::clip_grad_norm({p}, infinity));

  using optim::Plateau, optim::Schedule, optim::ScheduleKind;
  CHECK_THROWS_WITH((Schedule{.kind = ScheduleKind::step, .step_size = 0}.at(0)),
                    "Schedule: expected step_size of at least 1, found 0");
  CHECK_THROWS_WITH(Schedule{.total_steps = 0}.at(0),
                    "Schedule: expected total_steps of at least 1, found 0");
  CHECK_THROWS_WITH(Schedule{.warmup_steps = -1}.at(0),
                    "Schedule: expected warmup_steps of at least 0, found -1");
  CHECK_THROWS_AS(Schedule{.learning_rate = -1}.at(0), Error);
  CHECK_THROWS_AS(Schedule{.gamma = NAN}.at(0), Error);
  CHECK_THROWS_WITH(Plateau({.decay = 1}), "Plateau: expected decay from 0 to below 1, found 1");
  CHECK_THROWS_WITH(Plateau({.patience = -1}),
                    "Plateau: expected patience of at least 0, found -1");
}

TEST_CASE("warm-up rises in a line to the learning rate, and the schedule follows") {
  for (const char* kind : {"constant", "step", "cosine", "plateau"}) {
    const optim::Schedule warm{.kind = optim::schedule_kind(kind),
                               .learning_rate = 0.4,
                               .total_steps = 20,
                               .warmup_steps = 4,
                               .step_size = 5};
    optim::Schedule cold = warm;
    cold.warmup_steps = 0;
    cold.total_steps = 16;
    INFO(kind);
    check_close({warm.at(0), warm.at(1), warm.at(2), warm.at(3)}, {0.1, 0.2, 0.3, 0.4}, 1e-15);
    for (Index t = 0; t < 16; ++t) CHECK(warm.at(4 + t) == cold.at(t));
  }
  // A run that is shorter than any schedule expects still has finite, positive rates.
  for (const char* kind : {"constant", "step", "cosine", "onecycle", "plateau"})
    for (const Index steps : {1, 2, 3})
      for (Index warmup = 0; warmup <= steps; ++warmup)
        for (Index t = 0; t < steps; ++t) {
          const double rate = optim::Schedule{.kind = optim::schedule_kind(kind),
                                              .learning_rate = 0.4,
                                              .total_steps = steps,
                                              .warmup_steps = warmup}
                                  .at(t);
          INFO(kind << ", " << steps << " steps, " << warmup << " of warm-up, step " << t);
          CHECK(std::isfinite(rate));
          CHECK(rate > 0);
          CHECK(rate <= 0.4 + 1e-12);
        }
  CHECK_THROWS_AS(optim::schedule_kind("linear"), Error);
}

TEST_CASE("clipping scales all gradients by their common norm") {
  const Tensor a = vector_of({0, 0}, DType::float64, true),
               b = vector_of({0}, DType::float64, true);
  const Tensor unused = vector_of({0}, DType::float64, true);
  (sum(a * vector_of({3, 0}, DType::float64)) + sum(b * 4)).backward();
  CHECK(optim::clip_grad_norm({a, b, unused}, 10) == Approx(5));
  CHECK(values_of(a.grad()) == Values{3, 0});
  CHECK(optim::clip_grad_norm({a, b, unused}, 1) == Approx(5));
  // As PyTorch does, with a millionth added to the norm.
  check_close({a.grad().at(0), b.grad().at(0)}, {3 / 5.000001, 4 / 5.000001}, 1e-15);
  a.grad().data<double>()[1] = NAN;
  CHECK(std::isnan(optim::clip_grad_norm({a, b}, 1)));
}

TEST_CASE("averaged weights follow the weights, and change places with them") {
  const Tensor p = vector_of({1, -1}, DType::float64, true);
  optim::Ema ema({p}, 0.5);
  const auto set = [&](double value) { p.value().fill(value); };
  // The decay is (1 + t) / (10 + t) at first: 2/11, 3/12, ...
  set(2);
  ema.update();
  const double first = 2.0 / 11 * 1 + 9.0 / 11 * 2;
  set(4);
  ema.update();
  const double second = 0.25 * first + 0.75 * 4;
  ema.swap();
  CHECK(p.value().at(0) == Approx(second).epsilon(1e-14));
  ema.swap();
  CHECK(values_of(p.value()) == Values{4, 4});
  // Later it is what was asked for.
  for (int t = 0; t < 20; ++t) ema.update();
  ema.swap();
  const double before = p.value().at(0);
  ema.swap();
  set(0);
  ema.update();
  ema.swap();
  CHECK(p.value().at(0) == Approx(before / 2).epsilon(1e-12));
}

TEST_CASE("averaged weights go on from their state") {
  const Tensor p = vector_of({1, -1}, DType::float32, true);
  optim::Ema first({p}, 0.9), second({p}, 0.9);
  for (const double value : {2.0, 5.0, 3.0}) {
    p.value().fill(value);
    first.update();
  }
  second.load_state_dict(first.state_dict());
  p.value().fill(7);
  first.update();
  second.update();
  CHECK(values_of(first.state_dict().at("0")) == values_of(second.state_dict().at("0")));
  CHECK(second.state_dict().at("updates").item() == 4);
}
