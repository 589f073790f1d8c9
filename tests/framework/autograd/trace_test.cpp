#include "scanline/framework/autograd/trace.hpp"

#include <string>
#include <thread>
#include <vector>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/ops/create.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/gather.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/recurrent_layer.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;

namespace {

std::vector<std::string> names(const Trace& trace) {
  std::vector<std::string> result;
  for (const TracedOp& op : trace.ops()) result.push_back(op.name);
  return result;
}

}  // namespace

TEST_CASE("a trace has the ops in the order of their calls, with arrays that link them") {
  const Tensor x = test::leaf(test::array({1, 2}));
  const Tensor before = exp(x);
  const Trace trace;
  const Tensor y = x * x;
  const Tensor z = log(y.detach());
  CHECK(names(trace) == std::vector<std::string>{"multiply", "log"});
  const TracedOp &multiply = trace.ops()[0], &log = trace.ops()[1];
  REQUIRE(multiply.inputs.size() == 2);
  CHECK(multiply.inputs[1].get().raw() == x.value().raw());
  CHECK(multiply.outputs.at(0).get().raw() == y.value().raw());
  CHECK(log.inputs.at(0).get().raw() == y.value().raw());
  CHECK(log.attributes.empty());
}

TEST_CASE("a trace has attributes, also without gradients") {
  const NoGrad no_grad;
  const Tensor x = zeros({2, 3});
  const Array ids = test::indices({1, 0});
  const Trace trace;
  power(x, 3);
  permute(x, {1, 0});
  slice(x, -1, 1, 2);
  embedding(x, ids);
  REQUIRE(trace.ops().size() == 4);
  const auto attribute = [&](std::size_t op, const char* name) {
    return trace.ops()[op].attributes.at(name);
  };
  CHECK(std::get<double>(attribute(0, "right")) == 3);
  CHECK(std::get<std::vector<Index>>(attribute(1, "order")) == std::vector<Index>{1, 0});
  CHECK(std::get<Index>(attribute(2, "axis")) == -1);
  CHECK(std::get<Index>(attribute(2, "begin")) == 1);
  CHECK(std::get<Saved>(attribute(3, "ids")).get().raw() == ids.raw());
}

TEST_CASE("a trace has all results of an op") {
  const Tensor x = ones({4, 2, 3}), weight_ih = ones({8, 3}), weight_hh = ones({8, 2});
  const Trace trace;
  const auto [output, final] =
      recurrent_layer(CellKind::lstm, x, {}, {{weight_ih, weight_hh}}, {4, 1});
  REQUIRE(names(trace) == std::vector<std::string>{"recurrent_layer"});
  const TracedOp& op = trace.ops()[0];
  REQUIRE(op.outputs.size() == 3);
  CHECK(op.outputs[0].get().raw() == output.value().raw());
  CHECK(op.outputs[2].get().raw() == final.c.value().raw());
  CHECK(std::get<std::vector<Index>>(op.attributes.at("lengths")) == std::vector<Index>{4, 1});
}

TEST_CASE("an array that was changed after its op is noticed") {
  const Tensor x = ones({2});
  const Trace trace;
  exp(x);
  x.value().fill(2);
  CHECK_THROWS_WITH(trace.ops()[0].inputs[0].get(), ContainsSubstring("changed in place"));
}

TEST_CASE("a trace ends with its life, is the only one on its thread, and of its thread alone") {
  {
    const Trace trace;
    CHECK(Trace::current() == &trace);
    CHECK_THROWS_WITH(Trace(), ContainsSubstring("another one is alive"));
    CHECK(Trace::current() == &trace);
    std::thread([] { exp(ones({1})); }).join();
    CHECK(trace.ops().empty());
  }
  CHECK(Trace::current() == nullptr);
  exp(ones({1}));
}
