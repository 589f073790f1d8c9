#include "datasets/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/core/random.hpp"

namespace scanline::datasets {

Loader::Loader(const ImageDataset& images, std::vector<Index> positions, const Options& options)
    : images_(images), positions_(std::move(positions)), order_(positions_), options_(options) {
  if (options.batch_size < 1)
    throw Error(fmt::format("loader: a batch needs at least 1 image, got {}", options.batch_size));
}

Index Loader::batch_count() const {
  return (example_count() + options_.batch_size - 1) / options_.batch_size;
}

void Loader::start_epoch(Index epoch) {
  epoch_ = epoch;
  if (!options_.shuffle) return;
  order_ = positions_;
  Random random(options_.seed, Purpose::shuffle, static_cast<std::uint32_t>(epoch));
  random.shuffle(order_.data(), example_count());
}

Batch Loader::batch(Index i) const {
  const Index begin = i * options_.batch_size;
  const Index count = std::min(options_.batch_size, example_count() - begin);
  const Index pixels_per_image = images_.rows * images_.columns;
  const Batch batch{Array({count, images_.rows, images_.columns}, DType::float32),
                    Array({count}, DType::int64)};
  const bool moves = options_.augment.rotation != 0 || options_.augment.scale != 0 ||
                     options_.augment.shift != 0 || options_.augment.shear != 0;
  // A pixel p is seen as (p / 255 - mean) / deviation.
  const auto scale = static_cast<float>(1 / (255 * images_.standard_deviation)),
             offset = static_cast<float>(-images_.mean / images_.standard_deviation);
  parallel_for(count, [&](Index b) {
    const Index position = order_[static_cast<std::size_t>(begin + b)];
    const std::uint8_t* pixels = images_.pixels.data() + position * pixels_per_image;
    float* image = batch.images.data<float>() + b * pixels_per_image;
    if (moves) {
      Random random(options_.seed, Purpose::augment, static_cast<std::uint32_t>(epoch_),
                    static_cast<std::uint32_t>(position));
      move_at_random(options_.augment, random, pixels, images_.rows, images_.columns, image);
    } else {
      std::copy_n(pixels, pixels_per_image, image);
    }
    for (Index p = 0; p < pixels_per_image; ++p) image[p] = image[p] * scale + offset;
    batch.labels.data<std::int64_t>()[b] = images_.labels[static_cast<std::size_t>(position)];
  });
  return batch;
}

}  // namespace scanline::datasets
