#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scanline/datasets/dataset.hpp"
#include "scanline/datasets/decode_image.hpp"
#include "scanline/datasets/ink.hpp"

namespace scanline::datasets {

/// The size of an image in pixels.
struct ImageSize {
  Index rows = 28;     ///< Height in pixels.
  Index columns = 28;  ///< Width in pixels.

  /// Whether height and width are equal.
  bool operator==(const ImageSize&) const = default;
};

/// Reads "HEIGHTxWIDTH", such as "28x20", or one number for a square.
/// @throws Error for anything else, and unless both numbers are from 1 to `longest_side`.
ImageSize parse_image_size(const std::string& text);

/// How a picture becomes an image of the network.
enum class PreparationKind {
  none,  ///< The picture is resized, and nothing else.
  digit  ///< The ink is found and centred as MNIST's digits were (`prepare_digit`).
};

/// The name of a kind: "none" or "digit".
const char* to_string(PreparationKind kind);
/// The kind of that name. @throws Error for another name.
PreparationKind parse_preparation(const std::string& name);

/// The preparation of pictures of any size for a network.
struct Preparation {
  PreparationKind kind = PreparationKind::none;  ///< How it is done.
  ImageSize size = {};                           ///< The size of the images of the network.
};

/// Prepares a picture. With `PreparationKind::none`, it is stretched to the size as torchvision's
/// `Resize((height, width))` does: pixels are averaged over areas where the image is smaller than
/// the picture, and interpolated linearly where it is larger. A picture that has the size is
/// returned as it is. `name` is the name of the picture in messages.
/// @throws Error that begins with `name` when the picture is empty or, for
///   `PreparationKind::digit`, when there is no ink in it.
Image prepare(const Image& picture, const Preparation& preparation, const std::string& name);

/// Prepares a picture from the bytes of its file: `PreparationKind::digit` sees its colours, and
/// `PreparationKind::none` its grey levels. `name` is the name of the picture in messages.
/// @throws Error as `decode_image` and `prepare` do.
Image prepare(std::span<const std::byte> picture, const Preparation& preparation,
              const std::string& name);
/// Prepares the picture in a file. @throws Error as `read_image` and `prepare` do.
Image prepare(const std::filesystem::path& picture, const Preparation& preparation);

/// An image for a network, and what it shows of a picture.
struct PicturePart {
  Image image;              ///< As the network sees it.
  std::optional<Box> box;   ///< The part of the picture; nothing for the whole picture.
  Index line = 1;           ///< The line of the picture that it is in, or is, counted from 1.
  std::vector<Box> digits;  ///< Where the digits of a line are, from left to right.
};

/// Prepares all digits in a picture, from left to right, the top line first. With
/// `PreparationKind::none`, the picture is resized as a whole. `note` is that of `decode_image`.
/// @throws Error as `prepare` does.
std::vector<PicturePart> prepare_parts(std::span<const std::byte> picture,
                                       const Preparation& preparation, const std::string& name,
                                       std::string* note = nullptr);

/// Prepares all lines of digits in a picture, from top to bottom, for a network that reads lines of
/// so many rows (`line_image`).
/// @throws Error as `find_ink` and `decode_image` do.
std::vector<PicturePart> prepare_lines(std::span<const std::byte> picture, Index rows,
                                       const std::string& name, std::string* note = nullptr);

}  // namespace scanline::datasets
