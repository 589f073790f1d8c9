#pragma once

#include <string>
#include <string_view>

#include "scanline/framework/core/shape.hpp"

namespace scanline::datasets {

/// What messages say was expected of a picture.
inline constexpr const char* picture_formats = "a PNG, JPEG, BMP, GIF, PBM, PGM or PPM picture";

/// The bytes of a picture file and its name in messages. It refers to both.
class PictureSource {
 public:
  PictureSource(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::string_view bytes() const { return bytes_; }
  /// Throws an Error that names the file and what was found instead of a picture.
  [[noreturn]] void fail(const std::string& found) const { fail_expecting(picture_formats, found); }
  /// Throws an Error that names the file, what was expected and what was found.
  [[noreturn]] void fail_expecting(const std::string& expected, const std::string& found) const;
  /// @throws Error for a picture that has no pixels, too many, or more than its bytes can describe.
  void check_size(Index rows, Index columns) const;

 private:
  std::string_view bytes_;
  const std::string& name_;
};

}  // namespace scanline::datasets
