#include "scanline/framework/dist/all_sum.hpp"

#include <cstddef>
#include <span>

#include "scanline/framework/autograd/make_op.hpp"

namespace scanline::dist {

void sum_in_place(const Communicator& ranks, const Array& values) {
  dispatch("sum", values.dtype(), [&]<class T>(T) {
    ranks.sum(std::span(values.data<T>(), static_cast<std::size_t>(values.size())));
  });
  values.mark_changed();
}

void broadcast(const Communicator& ranks, const Array& values, int root) {
  ranks.broadcast({values.raw(), static_cast<std::size_t>(values.bytes())}, root);
  values.mark_changed();
}

Tensor all_sum(const Communicator& ranks, const Tensor& x) {
  check_defined("all_sum", x);
  if (ranks.is_alone()) return x;
  const auto summed = [ranks](const Array& values) {
    const Array result = values.copy();
    sum_in_place(ranks, result);
    return result;
  };
  return make_op("all_sum", {x}, summed(x.value()),
                 [summed](const Array& grad, InputGrads& inputs) { inputs.take(0, summed(grad)); });
}

}  // namespace scanline::dist
