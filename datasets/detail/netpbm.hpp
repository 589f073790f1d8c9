#pragma once

#include "scanline/datasets/decode_image.hpp"
#include "scanline/datasets/detail/picture_source.hpp"

namespace scanline::datasets {

/// Whether the bytes begin as a PBM, PGM or PPM file, binary or as text.
bool is_netpbm(std::string_view bytes);

/// Decodes a PBM, PGM or PPM file (https://netpbm.sourceforge.net/doc/pnm.html): P1 to P6, with
/// values of one or two bytes. Values are scaled so that the largest one that the header allows is
/// white. Only the first picture of a file counts. Colours that are not wanted become grey levels.
/// @throws Error when the header is wrong or pixels are missing.
ColourImage decode_netpbm(const PictureSource& source, bool wants_colours);

}  // namespace scanline::datasets
