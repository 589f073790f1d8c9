#pragma once

#include <string>

#include "scanline/datasets/ink.hpp"
#include "scanline/datasets/preparation.hpp"

namespace scanline::datasets {

/// Draws a digit that was found in a picture as the images of MNIST are: the digit is light on
/// black, the longer side of its box is 20 pixels, and its centre of mass is in the middle of 28x28
/// pixels. A digit that is nearly so already keeps its pixels, and very thin strokes become wider.
/// Images of another `size` show the same, stretched to that size.
Image digit_image(const FoundDigit& digit, const ImageSize& size = {});

/// The columns of paper on both sides of a line that is drawn with so many rows: a seventh of them.
constexpr Index line_margin(Index rows) { return rows / 7; }

/// Draws the digits of a line beside each other as a line of MNIST's digits: light on black, level,
/// and the tallest digit has 20 of 28 rows, or as large a part of `rows`. The image is as wide as
/// the line then is, with a margin of `line_margin(rows)` columns on both sides.
Image line_image(const FoundLine& line, Index rows = 28);

/// Prepares a picture of one digit as the images of MNIST were: finds the ink (`find_ink`) and
/// draws the largest digit (`digit_image`). `name` is the name of the picture in messages.
/// @throws Error that begins with `name` when there is no ink in the picture.
Image prepare_digit(const ColourImage& picture, const std::string& name,
                    const ImageSize& size = {});

}  // namespace scanline::datasets
