// Single arrays of NumPy, which no compression hides from the fuzzer.
#include "scanline/datasets/detail/npy.hpp"

#include "scanline/datasets/detail/gzip_file.hpp"
#include "scanline/datasets/detail/image_numbers.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace scanline::datasets;
  return scanline::test::fuzz_file(bytes, size, [](const auto& path) {
    GzipFile file(path, "an NPY file");
    const auto [type, shape] = read_npy_header(file);
    const NumberFile elements{type, shape.element_count(), [&] {
                                auto opened = std::make_unique<GzipFile>(path, "an NPY file");
                                read_npy_header(*opened);
                                return opened;
                              }};
    check_length(elements);
    if (type.kind == ElementType::Kind::text || shape.rank() < 3) {
      read_bytes(elements);
      return;
    }
    const ImageNumbers images{elements, shape[0], shape[1], shape[2],
                              shape.rank() == 4 && shape[3] == 3 ? 3 : 1};
    if (shape.rank() == 4 && shape[3] != images.channels) return;
    check_size(images);
    read_pixels(images, find_white(images, {}), {});
  });
}
