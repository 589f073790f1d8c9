#include "tests/datasets/pictures.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#include <stb/stb_image.h>
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

namespace scanline::test {

Picture plain(int width, int height, std::uint8_t level) {
  return {width, height, 1,
          std::vector<std::uint8_t>(static_cast<std::size_t>(width * height), level)};
}

Picture two() {
  Picture picture = plain(28, 28, 0);
  const auto stroke = [&](double x0, double y0, double x1, double y1) {
    for (int y = 0; y < 28; ++y)
      for (int x = 0; x < 28; ++x) {
        const double along = std::clamp(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) /
                                            ((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)),
                                        0.0, 1.0);
        const double distance = std::hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0));
        std::uint8_t& value = picture.values[static_cast<std::size_t>(28 * y + x)];
        value =
            std::max(value, static_cast<std::uint8_t>(255 * std::clamp(2 - distance, 0.0, 1.0)));
      }
  };
  stroke(8, 5, 19, 5);
  stroke(19, 5, 8, 22);
  stroke(8, 22, 21, 22);
  return picture;
}

Picture on_sheet(const Picture& grey, int scale, int left, int top, int width, int height) {
  Picture sheet = plain(width, height, 0);
  for (int y = 0; y < scale * grey.height; ++y)
    for (int x = 0; x < scale * grey.width; ++x)
      if (left + x >= 0 && left + x < width && top + y >= 0 && top + y < height)
        sheet.values[static_cast<std::size_t>((top + y) * width + left + x)] =
            grey.values[static_cast<std::size_t>(y / scale * grey.width + x / scale)];
  return sheet;
}

Picture resized(const Picture& grey, int side) {
  Picture result = plain(side, side, 0);
  if (stbir_resize_uint8(grey.values.data(), grey.width, grey.height, 0, result.values.data(), side,
                         side, 0, 1) == 0)
    throw std::runtime_error("cannot resize");
  return result;
}

Picture inverted(Picture grey) {
  for (std::uint8_t& value : grey.values) value = static_cast<std::uint8_t>(255 - value);
  return grey;
}

void write_picture(const std::filesystem::path& file, const Picture& picture) {
  const std::string name = file.string(), type = file.extension().string();
  const auto& [width, height, channels, values] = picture;
  bool written = false;
  if (type == ".png")
    written = stbi_write_png(name.c_str(), width, height, channels, values.data(), 0);
  if (type == ".bmp")
    written = stbi_write_bmp(name.c_str(), width, height, channels, values.data());
  if (type == ".jpg")
    written = stbi_write_jpg(name.c_str(), width, height, channels, values.data(), 95);
  if (type == ".pgm") {
    std::ofstream out(file, std::ios::binary);
    out << "P5 " << width << " " << height << " 255\n";
    out.write(reinterpret_cast<const char*>(values.data()), width * height);
    written = out.good();
  }
  if (!written) throw std::runtime_error("cannot write " + name);
}

Picture decode_png(const std::string& bytes) {
  Picture picture{0, 0, 3, {}};
  stbi_uc* values = stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()),
                                          static_cast<int>(bytes.size()), &picture.width,
                                          &picture.height, nullptr, picture.channels);
  if (values == nullptr) throw std::runtime_error("no PNG");
  picture.values.assign(values, values + 3 * picture.width * picture.height);
  stbi_image_free(values);
  return picture;
}

}  // namespace scanline::test
