#pragma once

// Lets {fmt} print tensors: `fmt::print("{}\n", x)`. It is a header of its own, as the others need
// no {fmt}.

#include <fmt/format.h>

#include <string>

#include "scanline/framework/autograd/tensor.hpp"
#include "scanline/framework/core/format.hpp"

namespace fmt {

/// Formats as `to_string` does; takes the options of strings, such as a width.
template <>
struct formatter<scanline::Tensor> : formatter<std::string> {
  /// Writes the tensor.
  auto format(const scanline::Tensor& tensor, format_context& context) const {
    return formatter<std::string>::format(scanline::to_string(tensor), context);
  }
};

}  // namespace fmt
