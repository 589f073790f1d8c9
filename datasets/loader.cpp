#include "scanline/datasets/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"

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
  Batch batch = empty_batch(i);
  parallel_for(batch.labels.size(), [&](Index b) { fill(batch, i, b); });
  return batch;
}

Batch Loader::empty_batch(Index i) const {
  const Index count = std::min(options_.batch_size, example_count() - i * options_.batch_size);
  return {Array({count, images_.rows, images_.columns}, DType::float32),
          Array({count}, DType::int64)};
}

void Loader::fill(const Batch& batch, Index i, Index b) const {
  const Index position = order_[static_cast<std::size_t>(i * options_.batch_size + b)];
  const Index pixels_per_image = images_.rows * images_.columns;
  const std::uint8_t* pixels = images_.pixels.data() + position * pixels_per_image;
  float* image = batch.images.data<float>() + b * pixels_per_image;
  const Deformation& augment = options_.augment;
  if (augment.rotation != 0 || augment.scale != 0 || augment.shift != 0 || augment.shear != 0) {
    Random random(options_.seed, Purpose::augment, static_cast<std::uint32_t>(epoch_),
                  static_cast<std::uint32_t>(position));
    move_at_random(augment, random, pixels, images_.rows, images_.columns, image);
  } else {
    std::copy_n(pixels, pixels_per_image, image);
  }
  // A pixel p is seen as (p / 255 - mean) / deviation.
  const auto scale = static_cast<float>(1 / (255 * images_.standard_deviation)),
             offset = static_cast<float>(-images_.mean / images_.standard_deviation);
  for (Index p = 0; p < pixels_per_image; ++p) image[p] = image[p] * scale + offset;
  batch.labels.data<std::int64_t>()[b] = images_.labels[static_cast<std::size_t>(position)];
}

UpcomingBatch::UpcomingBatch(const Loader& loader, Index i)
    : batch_(loader.empty_batch(i)),
      work_(batch_.labels.size(), [this, &loader, i](Index b) { loader.fill(batch_, i, b); }) {}

Batch UpcomingBatch::take() {
  work_.finish();
  return std::move(batch_);
}

}  // namespace scanline::datasets
