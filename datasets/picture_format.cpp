#include "scanline/datasets/detail/picture_format.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace scanline::datasets {
namespace {

using namespace std::string_view_literals;

/// Bytes that files of a format have at a place.
struct Format {
  std::size_t at;
  std::string_view bytes;
  const char* name;
};

constexpr Format formats[] = {
    {8, "WEBP"sv, "a WebP picture"},       {0, "II*\0"sv, "a TIFF picture"},
    {0, "MM\0*"sv, "a TIFF picture"},      {4, "ftypavif"sv, "an AVIF picture"},
    {4, "ftyphei"sv, "a HEIC picture"},    {4, "ftyphev"sv, "a HEIC picture"},
    {4, "ftypmif1"sv, "a HEIF picture"},   {4, "ftyp"sv, "a video"},
    {4, "jP  "sv, "a JPEG 2000 picture"},  {0, "\xff\x0a"sv, "a JPEG XL picture"},
    {4, "JXL "sv, "a JPEG XL picture"},    {0, "\0\0\1\0"sv, "an icon"},
    {0, "8BPS"sv, "a Photoshop picture"},  {0, "gimp xcf"sv, "a GIMP picture"},
    {0, "v/1\1"sv, "an OpenEXR picture"},  {0, "P7"sv, "a PAM picture"},
    {0, "Pf\n"sv, "a PFM picture"},        {0, "PF\n"sv, "a PFM picture"},
    {0, "%PDF"sv, "a PDF file"},           {0, "%!PS"sv, "a PostScript file"},
    {0, "<svg"sv, "an SVG picture"},       {0, "<?xml"sv, "an XML file, perhaps an SVG picture"},
    {0, "<!DOCTYPE html"sv, "a web page"}, {0, "<html"sv, "a web page"},
    {0, "\x1f\x8b"sv, "a gzipped file"},   {0, "PK\3\4"sv, "a ZIP archive"},
};

}  // namespace

std::string describe_format(std::string_view bytes) {
  for (const Format& format : formats)
    if (bytes.size() >= format.at && bytes.substr(format.at).starts_with(format.bytes))
      return format.name;
  std::string text = "bytes";
  for (const char c : bytes.substr(0, 4))
    text += fmt::format(" {:02x}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace scanline::datasets
