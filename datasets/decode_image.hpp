#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// A grey image.
struct Image {
  Index rows = 0;                    ///< Height in pixels.
  Index columns = 0;                 ///< Width in pixels.
  std::vector<std::uint8_t> pixels;  ///< (rows, columns), from 0 for black to 255 for white.
};

/// An image in colours.
struct ColourImage {
  /// Red, green and blue, or only grey levels; images of the same size.
  std::vector<Image> channels;
};

/// Decodes a picture from the bytes of its file. The picture may be a PNG, JPEG, uncompressed BMP,
/// GIF, PBM, PGM or PPM file of any size up to 64 megapixels, grey or in colours, with or without
/// transparency, of 8 bits or, in a PNG, PGM or PPM, 16. In a PNG of 16 bits whose grey levels need
/// at most 10, 12 or 14 bits, the largest number of so many bits stands for white. Where a picture
/// is transparent, it has the grey level of its border. A JPEG is turned as the orientation in its
/// EXIF data says. Of an animation, the first frame is decoded. `name` is the name of the picture
/// in messages.
/// A JPEG may lack the marker at its end, if nothing else is missing; `note`, if it is not null,
/// then becomes a sentence that says so and begins with `name`.
/// @throws Error that begins with `name` when the bytes are not such a picture, or are too large,
///   truncated or empty. Damaged bytes cannot make it take more memory than such a picture needs.
Image decode_image(std::span<const std::byte> bytes, const std::string& name,
                   std::string* note = nullptr);

/// Decodes a picture as `decode_image` does, with its colours. A picture that has none has one
/// channel.
/// @throws Error as `decode_image` does.
ColourImage decode_colour_image(std::span<const std::byte> bytes, const std::string& name,
                                std::string* note = nullptr);

/// Whether the file name has the extension of a picture, such as `.png` or `.PNG`. The file is not
/// read.
bool has_picture_name(const std::filesystem::path& file);

/// The bytes of a picture's file.
/// @throws Error that names the file when it cannot be read or is too large for a picture.
std::vector<std::byte> read_picture_file(const std::filesystem::path& file);

/// Reads a file and decodes it as `decode_image` does.
/// @throws Error that names the file when it cannot be read or decoded.
Image read_image(const std::filesystem::path& file);

/// Reads a file and decodes it as `decode_colour_image` does.
/// @throws Error that names the file when it cannot be read or decoded.
ColourImage read_colour_image(const std::filesystem::path& file);

}  // namespace scanline::datasets
