#include "scanline/framework/ops/batch_norm.hpp"
#include "scanline/framework/ops/conv.hpp"
#include "scanline/framework/ops/pool.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/framework/ops/gradient_cases.hpp"

namespace scanline::test {

std::vector<GradientCase> image_cases() {
  const auto conv = [](const std::string& name, const std::vector<Shape>& shapes,
                       const Conv2dOptions& options = {}) -> GradientCase {
    return {"conv2d" + name,
            [options](const Tensors& x) {
              return conv2d(x[0], x[1], x.size() > 2 ? x[2] : Tensor(), options);
            },
            shapes};
  };
  const auto pools = [](const std::string& name, const Shape& shape, const Window2d& window) {
    return std::vector<GradientCase>{
        {"max_pool2d" + name,
         [window](const Tensors& x) { return max_pool2d(x[0], window); },
         {shape}},
        {"avg_pool2d" + name,
         [window](const Tensors& x) { return avg_pool2d(x[0], window); },
         {shape}}};
  };
  std::vector<GradientCase> cases = {
      conv("", {{2, 2, 5, 4}, {3, 2, 3, 2}, {3}}),
      conv(" of one pixel", {{1, 1, 1, 1}, {1, 1, 1, 1}, {1}}),
      conv(" of no images", {{0, 1, 3, 3}, {2, 1, 3, 3}, {2}}),
      conv(" without bias", {{1, 2, 4, 5}, {2, 2, 3, 3}}, {.padding = 1}),
      conv(" in steps", {{1, 2, 7, 6}, {2, 2, 3, 3}, {2}},
           {.stride = {2, 3}, .padding = {1, 2}, .dilation = {2, 1}}),
      conv(" in groups", {{2, 4, 4, 3}, {2, 2, 2, 2}, {2}}, {.groups = 2}),
      {"batch_norm",
       [](const Tensors& x) { return batch_norm(x[0], x[1], x[2], 0.1).y; },
       {{3, 2, 2, 2}, {2}, {2}}},
      {"batch_norm of vectors",
       [](const Tensors& x) { return batch_norm(x[0], x[1], x[2], 0.1).y; },
       {{4, 3}, {3}, {3}}},
      {"batch_norm with given statistics",
       [](const Tensors& x) {
         return batch_norm(x[0], x[1], x[2], 0.1,
                           {array({0.5, -1}).to(x[0].dtype()), array({2, 0.25}).to(x[0].dtype())});
       },
       {{3, 2, 2, 2}, {2}, {2}}},
  };
  for (const auto& more :
       {pools("", {2, 2, 4, 6}, {.kernel_size = 2}),
        pools(" of no images", {0, 2, 4, 6}, {.kernel_size = 2}),
        pools(" in steps", {1, 2, 5, 6}, {.kernel_size = {3, 2}, .stride = {2, 1}, .padding = 1})})
    cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

}  // namespace scanline::test
