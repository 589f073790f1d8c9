#pragma once

#include <string_view>

#include "scanline/datasets/decode_image.hpp"

namespace scanline::datasets {

/// The orientation that the EXIF data of a JPEG file give, from 1 to 8 as in EXIF's tag 0x0112; 1,
/// which is upright, if they give none.
int exif_orientation(std::string_view jpeg);

/// Turns a picture upright that is stored in this orientation.
Image turned_upright(Image picture, int orientation);

}  // namespace scanline::datasets
