#pragma once

#include <scanline/datasets/source.hpp>
#include <scanline/framework/core/fields.hpp>
#include <scanline/framework/core/random.hpp>

/// Noisy images of 16 x 16 pixels with stripes that lie or stand. It reads no files.
// [dataset]
class Stripes : public scanline::datasets::Source {
 public:
  struct Options {
    scanline::Index stripes = 3;
    void declare(scanline::Fields& fields) {
      fields.add("stripes", stripes, {1, 8}, "Stripes of an image");
    }
  };
  Stripes(const scanline::datasets::Request& request, const Options& options)
      : directory_(request.directory), stripes_(options.stripes) {}
  std::filesystem::path directory() const override { return directory_; }

 private:
  scanline::datasets::Dataset read(scanline::datasets::Part part) const override {
    using namespace scanline;
    const bool is_test = part == datasets::Part::test;
    datasets::Dataset set{
        .name = "stripes", .count = is_test ? 100 : 400, .rows = 16, .columns = 16};
    set.class_names = {"lying", "standing"};
    Random random(is_test ? 2 : 1, Purpose::user);
    for (Index n = 0; n < set.count; ++n) {
      set.labels.push_back(static_cast<datasets::Label>(n % 2));
      for (Index i = 0; i < 16 * 16; ++i) {
        const Index place = n % 2 == 0 ? i / 16 : i % 16;
        const bool bright = place * stripes_ / 8 % 2 == 1;
        set.pixels.push_back(static_cast<std::uint8_t>((bright ? 55 : 0) + random.below(200)));
      }
    }
    return set;
  }

  std::filesystem::path directory_;
  scanline::Index stripes_;
};
// [dataset]
