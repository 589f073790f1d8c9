#pragma once

#include <string_view>

namespace scanline::datasets {

/// Whether the Huffman tables in the bytes of a JPEG file can be used: none defines more codes than
/// the 256 there can be, and each scan names tables that were defined before (ITU-T T.81, B.2.3 and
/// B.2.4.2). stb_image up to 2.28 asks for neither, and accesses memory beyond its own tables.
bool has_sound_huffman_tables(std::string_view jpeg);

/// Whether the bytes of a JPEG file begin with a single scan that has all colours: the file is
/// neither progressive nor has it a scan for each colour.
bool has_single_scan(std::string_view jpeg);

}  // namespace scanline::datasets
