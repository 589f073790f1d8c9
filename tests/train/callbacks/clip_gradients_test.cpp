#include "scanline/train/callbacks/clip_gradients.hpp"

#include <cmath>

#include "scanline/framework/ops/reduce.hpp"
#include "tests/catch.hpp"
#include "tests/train/small_run.hpp"

using namespace scanline;

TEST_CASE("gradients are clipped to the norm that is asked for") {
  test::SmallRun run;
  train::Trainer& trainer = run.trainer({});
  const Tensor p(Array::zeros({4}), /*requires_grad=*/true);
  train::ClipGradients off({}, {p}), on({.clip_norm = 1}, {p});
  sum(p).backward();
  off.on_gradients_ready(trainer);
  CHECK(p.grad().at(0) == 1);
  CHECK(std::isnan(off.norm()));
  on.on_gradients_ready(trainer);
  CHECK(on.norm() == 2);
  CHECK(p.grad().at(0) == Approx(0.5));
}
