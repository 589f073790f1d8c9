#pragma once

#include "scanline/framework/nn/module.hpp"

namespace scanline::models {

/// What a classifier knows of an image after each of its rows.
struct RowReading {
  /// The logits for the image that ends with this row, (rows, classes).
  Tensor logits;
  /// The hidden state of the last layer's forward direction, (rows, hidden units).
  Tensor states;
};

/// A classifier that reads an image row by row, and shows what it knows after each row.
class RowReader {
 public:
  virtual ~RowReader() = default;
  /// Reads one image, (1, rows, columns), as often as it has rows, and a row further each time. The
  /// last logits are those of the whole image.
  /// @throws Error for an image of another size, or several images.
  virtual RowReading read_rows(const Tensor& image) = 0;
};

}  // namespace scanline::models
