#pragma once

#include <string_view>

namespace scanline::datasets {

/// Whether no Huffman table in the bytes of a JPEG file defines more codes than the 256 there can
/// be (ITU-T T.81, B.2.4.2). stb_image up to 2.28 does not ask, and writes beyond its own tables.
bool has_sound_huffman_tables(std::string_view jpeg);

}  // namespace scanline::datasets
