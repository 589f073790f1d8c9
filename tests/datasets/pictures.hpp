#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace scanline::test {

/// A picture of `channels` values a pixel: grey, grey and alpha, RGB, or RGBA.
struct Picture {
  int width, height, channels;
  std::vector<std::uint8_t> values;  // (height, width, channels)
};

/// A grey picture of one level.
Picture plain(int width, int height, std::uint8_t level);

/// An angular two, light on black, as large and in that place as MNIST has its digits.
Picture two();

/// A grey picture on a larger sheet of black, each pixel as large as `scale` x `scale` of the
/// sheet's, the first one `left` and `top` pixels from the corner.
Picture on_sheet(const Picture& grey, int scale, int left, int top, int width, int height);

/// A grey picture smoothly enlarged to `side` x `side` pixels.
Picture resized(const Picture& grey, int side);

/// Light for dark.
Picture inverted(Picture grey);

/// Writes a PNG, JPEG, BMP or binary PGM file, as the name's end says.
void write_picture(const std::filesystem::path& file, const Picture& picture);

/// The RGB values that the bytes of a PNG file stand for.
Picture decode_png(const std::string& bytes);

}  // namespace scanline::test
