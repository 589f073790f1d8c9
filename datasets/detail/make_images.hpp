#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "scanline/datasets/source.hpp"

namespace scanline::datasets {

/// Images of one size.
struct MadeImages {
  std::vector<std::uint8_t> pixels;  // (kept.size(), rows, columns)
  std::vector<Index> kept;           // which of them could be made, in ascending order
};

/// Makes `count` images of that size on all threads: `make(i)` returns image i, or throws an Error.
/// The request says whether images that cannot be made are left out. `where` is the place that
/// messages begin with.
/// @throws Error that counts the images that cannot be made and says what is wrong with the first,
///   unless they are left out and some are left.
MadeImages make_images(Index count, const ImageSize& size, const std::function<Image(Index)>& make,
                       const Request& request, const std::string& where);

}  // namespace scanline::datasets
