#pragma once

// The one header that includes xtensor: upstream moved its headers in version 0.26, and a source
// that needs no array expressions should not pay for compiling them.
#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/core/xnoalias.hpp>
#include <xtensor/misc/xmanipulation.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#endif

#include <cstddef>
#include <vector>

#include "scanline/framework/core/array.hpp"

namespace scanline {

/// The elements of `array` as an xtensor expression that can be read and assigned to. It refers to
/// the array's storage and must not outlive it.
///
/// Two habits of xtensor to know: write `xt::noalias(view<T>(y)) = expression`, since a plain
/// assignment builds a temporary; and never bind an expression to `auto` across statements, since
/// it is lazy and refers to its operands.
///
/// @throws Error when T is not the element type.
template <class T>
auto view(const Array& array) {
  const std::vector<std::size_t> shape(array.shape().begin(), array.shape().end());
  return xt::adapt(array.data<T>(), static_cast<std::size_t>(array.size()), xt::no_ownership(),
                   shape);
}

}  // namespace scanline
