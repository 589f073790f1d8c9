#include "scanline/framework/autograd/op_observer.hpp"

#include <string>
#include <vector>

#include "scanline/framework/autograd/backward.hpp"
#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/sequential.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/elementwise.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;
using Lines = std::vector<std::string>;

namespace {

/// Writes down what it is told.
class Notes : public OpObserver {
 public:
  void after_op(const char* op, const std::vector<Tensor>&, std::span<const Array>,
                const Node* node) override {
    lines.push_back(LayerScope::path() + ":" + op + (node == nullptr ? " unrecorded" : ""));
  }
  void after_backward(const Node& node) override { lines.push_back(std::string("d ") + node.op); }

  Lines lines;
};

}  // namespace

TEST_CASE("an observer is told of ops, their layers, and the steps of a backward pass") {
  const Tensor x = test::leaf(test::array({1, 2}));
  sum(x).backward();
  Notes notes;
  sum(x * 2.0).backward();
  CHECK(notes.lines == Lines{":multiply", ":sum", "d sum", "d multiply"});
  notes.lines.clear();
  nn::Sequential network;
  network.add<nn::Sequential>().add<nn::Linear>(2, 3);
  network.add(tanh);
  network.to(DType::float64);
  const NoGrad no_grad;
  network(x);
  CHECK(notes.lines == Lines{"0.0:linear unrecorded", "1:tanh unrecorded"});
  CHECK(LayerScope::path().empty());
}

TEST_CASE("several observers are told, and none after its end") {
  const Tensor x(test::array({1, 2}));
  const Notes first;
  {
    const Notes second;
    exp(x);
    CHECK(second.lines.size() == 1);
  }
  exp(x);
  CHECK(first.lines.size() == 2);
  CHECK(OpObserver::all().size() == 1);
}
