#include "scanline/datasets/detail/orientation.hpp"

#include <libexif/exif-data.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>

namespace scanline::datasets {

int exif_orientation(std::string_view jpeg) {
  // EXIF data are at the beginning of a file, and 64 kB at most.
  const std::size_t size = std::min<std::size_t>(jpeg.size(), 1 << 20);
  const std::unique_ptr<ExifData, void (*)(ExifData*)> data(
      exif_data_new_from_data(reinterpret_cast<const unsigned char*>(jpeg.data()),
                              static_cast<unsigned int>(size)),
      exif_data_unref);
  if (!data) return 1;
  const ExifEntry* const entry =
      exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->size < 2) return 1;
  const int orientation = exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
  return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

Image turned_upright(Image picture, int orientation) {
  if (orientation == 1) return picture;
  const bool is_transposed = orientation >= 5;
  Image result{is_transposed ? picture.columns : picture.rows,
               is_transposed ? picture.rows : picture.columns,
               {}};
  result.pixels.reserve(picture.pixels.size());
  // The stored rows count from the bottom in 3, 4, 6 and 7, and the columns from the right in 2, 3,
  // 7 and 8.
  const bool flips_rows =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool flips_columns =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  for (Index r = 0; r < result.rows; ++r)
    for (Index c = 0; c < result.columns; ++c) {
      Index row = is_transposed ? c : r, column = is_transposed ? r : c;
      if (flips_rows) row = picture.rows - 1 - row;
      if (flips_columns) column = picture.columns - 1 - column;
      result.pixels.push_back(
          picture.pixels[static_cast<std::size_t>(row * picture.columns + column)]);
    }
  return result;
}

}  // namespace scanline::datasets
