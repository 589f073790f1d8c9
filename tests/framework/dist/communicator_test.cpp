// Is run by mpirun: each rank runs all test cases.

#include "scanline/framework/dist/communicator.hpp"

#include <chrono>
#include <cstddef>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "scanline/framework/core/random.hpp"
#include "scanline/framework/dist/all_sum.hpp"
#include "scanline/framework/dist/batch_share.hpp"
#include "scanline/framework/dist/gradient_sum.hpp"
#include "scanline/framework/nn/batch_norm.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/sequential.hpp"
#include "scanline/framework/ops/dropout.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using test::random_array;
using test::values;

namespace {

/// A process can have it only once.
const dist::Communicator& world() {
  static const dist::Communicator ranks = dist::Communicator::world();
  return ranks;
}

constexpr Index rows = 11;

/// This rank's rows of a batch of `rows`.
dist::BatchShare own_share() {
  const Index first = rows * world().rank() / world().size(),
              end = rows * (world().rank() + 1) / world().size();
  return {first, end - first, rows, &world()};
}

Array own_rows(const Array& all) {
  return all.rows(own_share().first, own_share().first + own_share().rows);
}

void check_close(const Array& found, const Array& expected) {
  REQUIRE(found.shape() == expected.shape());
  for (Index i = 0; i < found.size(); ++i)
    CHECK(found.at(i) == Approx(expected.at(i)).epsilon(1e-9).margin(1e-12));
}

}  // namespace

TEST_CASE("mpirun has started several ranks") {
  CHECK(dist::Communicator::has_mpi());
  REQUIRE(world().size() > 1);
  CHECK(world().rank() == dist::started_rank());
}

TEST_CASE("ranks exchange texts and sums") {
  const std::vector<std::string> texts = world().gather("of " + std::to_string(world().rank()));
  REQUIRE(static_cast<int>(texts.size()) == world().size());
  for (int rank = 0; rank < world().size(); ++rank)
    CHECK(texts[static_cast<std::size_t>(rank)] == "of " + std::to_string(rank));
  CHECK(world().broadcast(std::string(static_cast<std::size_t>(world().rank() * 100), 'x'), 1) ==
        std::string(100, 'x'));
  std::vector<float> long_list(100'000, 1);
  double one = 1;
  dist::Pending first = world().start_sum(std::span(long_list));
  dist::Pending second = world().start_sum(std::span(&one, 1));
  second.wait();
  first.wait();
  CHECK(one == world().size());
  CHECK(long_list == std::vector<float>(100'000, static_cast<float>(world().size())));
}

TEST_CASE("batch norm has the statistics of all ranks") {
  struct Wide : nn::BatchNorm1d {
    Wide() : BatchNorm1d(3) { to(DType::float64); }
  };
  const Array all = random_array({rows, 3, 4}), factors = random_array({rows, 3, 4});
  Wide whole, shared;
  const Tensor x(all, true), own(own_rows(all).copy(), true);
  const Tensor y = whole(x);
  sum(y * y * Tensor(factors)).backward();
  const dist::BatchScope scope(own_share());
  const Tensor own_y = shared(own);
  sum(own_y * own_y * Tensor(own_rows(factors))).backward();
  check_close(own_y.value(), own_rows(y.value()));
  check_close(own.grad(), own_rows(x.grad()));
  check_close(shared.running_mean.value(), whole.running_mean.value());
  check_close(shared.running_var.value(), whole.running_var.value());
  dist::sum_in_place(world(), shared.weight.grad());
  check_close(shared.weight.grad(), whole.weight.grad());
}

TEST_CASE("dropout drops what it would drop of the whole batch") {
  for (const Index axis : {0, 1, 2}) {
    const Shape shape = Shape{3, 4, 5}.with(axis, rows),
                own_shape = shape.with(axis, own_share().rows);
    set_default_random_state({.seed = 3});
    const Tensor whole = dropout(Tensor(Array::full(shape, 1)), 0.4, axis);
    set_default_random_state({.seed = 3});
    const dist::BatchScope scope(own_share());
    const Tensor own = dropout(Tensor(Array::full(own_shape, 1)), 0.4, axis);
    CHECK(values(own) ==
          values(slice(whole, axis, own_share().first, own_share().first + own_share().rows)));
  }
}

TEST_CASE("gradients are those of the whole batch") {
  struct Network : nn::Layer {
    Network() { to(DType::float64); }
    Tensor forward(const Tensor& x) override { return last(norm(first(x))); }
    nn::Linear& first = child<nn::Linear>("first", 4, 5);
    nn::BatchNorm1d& norm = child<nn::BatchNorm1d>("norm", 5);
    nn::Linear& last = child<nn::Linear>("last", 5, 2);
    nn::Linear& unused = child<nn::Linear>("unused", 5, 2);
  };
  set_default_random_state({.seed = 4});
  Network whole;
  set_default_random_state({.seed = 4});
  Network shared;
  dist::GradientSum gradients(world(), shared.parameters());
  for (int step = 0; step < 2; ++step) {
    const Array all = random_array({rows, 4});
    const auto loss = [](Network& network, const Array& x) {
      const Tensor y = network(Tensor(x));
      return sum(y * y);
    };
    for (const Tensor& parameter : shared.parameters()) parameter.zero_grad();
    for (const Tensor& parameter : whole.parameters()) parameter.zero_grad();
    loss(whole, all).backward();
    const dist::BatchScope scope(own_share());
    gradients.backward(loss(shared, own_rows(all)));
    gradients.finish();
  }
  const auto expected = whole.named_parameters(), found = shared.named_parameters();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO(expected[i].name);
    CHECK(found[i].tensor.grad().defined() == expected[i].tensor.grad().defined());
    if (expected[i].tensor.grad().defined())
      check_close(found[i].tensor.grad(), expected[i].tensor.grad());
  }
}

TEST_CASE("batch normalization of images has the statistics of the whole batch") {
  nn::BatchNorm2d whole(3), shared(3);
  whole.to(DType::float64);
  shared.to(DType::float64);
  const Array all = random_array({rows, 3, 2, 4});
  const Tensor expected = whole(Tensor(all));
  const dist::BatchScope scope(own_share());
  const Tensor own = shared(Tensor(own_rows(all)));
  check_close(own.value(), own_rows(expected.value()));
  check_close(shared.running_mean.value(), whole.running_mean.value());
  check_close(shared.running_var.value(), whole.running_var.value());
}

TEST_CASE("all ranks hear of the failure of one") {
  // The last test case: after it, no rank can use the communicator.
  bool has_failed = false;
  try {
    world().barrier();  // no rank is in an earlier test case any more
    if (world().rank() == 1) world().fail("the disk is full");
    world().barrier();
    world().barrier();
  } catch (const dist::RankFailure& failure) {
    has_failed = true;
    CHECK(failure.rank() == 1);
    if (world().rank() != 1) CHECK(failure.what() == std::string("rank 1: the disk is full"));
  }
  CHECK(has_failed);
  // mpirun ends the others as soon as one ends.
  std::this_thread::sleep_for(std::chrono::seconds(2));
}
