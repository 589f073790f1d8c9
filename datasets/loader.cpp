#include "scanline/datasets/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"

namespace scanline::datasets {

void normalize(std::span<float> pixels, const Normalization& normalization) {
  const auto& [mean, deviation] = normalization;
  const auto scale = static_cast<float>(1 / (255 * deviation)),
             offset = static_cast<float>(-mean / deviation);
  for (float& pixel : pixels) pixel = pixel * scale + offset;
}

Index example_count(const Dataset& dataset, const std::vector<Index>& positions) {
  const auto count = static_cast<Index>(positions.size());
  return dataset.lines ? LineOrder::line_count(count, *dataset.lines) : count;
}

Batch Batch::rows(Index begin, Index end) const {
  Batch result{.images = images.rows(begin, end),
               .labels = labels.defined() ? labels.rows(begin, end) : Array(),
               .first = first + begin,
               .total = total,
               .share = static_cast<double>(end - begin) / static_cast<double>(total)};
  if (widths.empty()) return result;
  result.widths.assign(widths.begin() + begin, widths.begin() + end);
  const Index widest = *std::max_element(result.widths.begin(), result.widths.end()),
              rows = images.shape()[1], columns = images.shape()[2];
  if (widest == columns) return result;
  result.images = Array({end - begin, rows, widest}, DType::float32);
  for (Index row = 0; row < (end - begin) * rows; ++row)
    std::copy_n(images.data<float>() + (begin * rows + row) * columns, widest,
                result.images.data<float>() + row * widest);
  return result;
}

Loader::Loader(const Dataset& dataset, std::vector<Index> positions, const Options& options)
    : dataset_(dataset),
      positions_(std::move(positions)),
      options_(options),
      example_count_(datasets::example_count(dataset, positions_)) {
  if (options.batch_size < 1)
    throw Error(fmt::format("loader: a batch needs at least 1 image, got {}", options.batch_size));
}

Index Loader::batch_count() const {
  return (example_count() + options_.batch_size - 1) / options_.batch_size;
}

Index Loader::example_count(Index from, Index to) const {
  const auto first_of = [&](Index batch) {
    return std::min(batch * options_.batch_size, example_count());
  };
  return first_of(to) - first_of(from);
}

Epoch Loader::epoch(Index number, Index from, std::optional<Index> to) const {
  return {*this, number, from, std::min(to.value_or(batch_count()), batch_count())};
}

Loader::Rows Loader::own_rows(Index i) const {
  const Index all = example_count(i, i + 1);
  const Division& division = options_.division;
  if (!division.divides(all)) return {0, all};
  const Index first = division.first_row(all, division.begin);
  return {first, division.first_row(all, division.end) - first};
}

Batch Loader::outline(Index i) const {
  const Index all = example_count(i, i + 1);
  const auto [first, count] = own_rows(i);
  const bool counts = options_.division.divides(all) || options_.division.begin == 0;
  return {.first = first,
          .total = all,
          .share = counts ? static_cast<double>(count) / static_cast<double>(all) : 0};
}

Batch Loader::empty_batch(Index i) const {
  const Index count = own_rows(i).count;
  Batch batch = outline(i);
  batch.images = Array({count, dataset_.rows, dataset_.columns}, DType::float32);
  if (has_labels()) batch.labels = Array({count}, DType::int64);
  return batch;
}

void Loader::fill(const Batch& batch, Index b, Index epoch, Index position) const {
  const Index pixels_per_image = dataset_.rows * dataset_.columns;
  const std::uint8_t* pixels = dataset_.pixels.data() + position * pixels_per_image;
  float* image = batch.images.data<float>() + b * pixels_per_image;
  if (options_.augment != nullptr) {
    Random random(options_.seed, Purpose::augment, static_cast<std::uint32_t>(epoch),
                  static_cast<std::uint32_t>(position));
    options_.augment->apply(random, pixels, dataset_.rows, dataset_.columns, image);
  } else {
    std::copy_n(pixels, pixels_per_image, image);
  }
  normalize({image, static_cast<std::size_t>(pixels_per_image)}, options_.normalization);
  if (has_labels())
    batch.labels.data<std::int64_t>()[b] = dataset_.labels[static_cast<std::size_t>(position)];
}

Batch Loader::to_batch(Index i, const std::vector<Line>& lines) const {
  const auto count = static_cast<Index>(lines.size());
  Index widest = 0, longest = 0;
  for (const Line& line : lines) {
    widest = std::max(widest, line.columns);
    longest = std::max(longest, static_cast<Index>(line.labels.size()));
  }
  Batch batch = outline(i);
  batch.images = Array::zeros({count, dataset_.rows, widest}, DType::float32);
  if (has_labels()) batch.labels = Array::full({count, longest}, -1, DType::int64);
  for (Index b = 0; b < count; ++b) {
    const Line& line = lines[static_cast<std::size_t>(b)];
    batch.widths.push_back(line.columns);
    for (Index row = 0; row < line.rows; ++row)
      std::copy_n(line.pixels.data() + row * line.columns, line.columns,
                  batch.images.data<float>() + (b * line.rows + row) * widest);
    if (has_labels())
      std::copy(line.labels.begin(), line.labels.end(),
                batch.labels.data<std::int64_t>() + b * longest);
  }
  normalize({batch.images.data<float>(), static_cast<std::size_t>(batch.images.size())},
            options_.normalization);
  return batch;
}

Epoch::Epoch(const Loader& loader, Index number, Index from, Index to)
    : loader_(loader), number_(number), next_(from), to_(to), order_(loader.positions_) {
  if (loader.dataset_.lines)
    line_order_.emplace(std::move(order_), *loader.dataset_.lines, loader.options_.seed,
                        static_cast<std::uint32_t>(loader.options_.shuffle ? number : 0));
  if (!loader.options_.shuffle || line_order_) return;
  Random random(loader.options_.seed, Purpose::shuffle, static_cast<std::uint32_t>(number));
  random.shuffle(order_.data(), loader.example_count());
}

Epoch::Iterator Epoch::begin() {
  prefetch();
  advance();
  return Iterator(*this);
}

void Epoch::prefetch() {
  if (next_ >= to_) return;
  if (line_order_) return prefetch_lines();
  upcoming_ = loader_.empty_batch(next_);
  const Index first = next_ * loader_.options_.batch_size + upcoming_.first;
  work_.emplace(upcoming_.images.shape()[0], [this, first](Index b) {
    loader_.fill(upcoming_, b, number_, order_[static_cast<std::size_t>(first + b)]);
  });
}

void Epoch::prefetch_lines() {
  const Loader::Rows rows = loader_.own_rows(next_);
  const Index first = next_ * loader_.options_.batch_size + rows.first;
  lines_.assign(static_cast<std::size_t>(rows.count), Line());
  work_.emplace(rows.count, [this, first](Index b) {
    const Loader::Options& options = loader_.options_;
    Random random(options.seed, Purpose::augment, static_cast<std::uint32_t>(number_),
                  static_cast<std::uint32_t>(first + b));
    lines_[static_cast<std::size_t>(b)] =
        compose_line(loader_.dataset_, line_order_->line(first + b), *loader_.dataset_.lines,
                     random, options.augment.get());
  });
}

void Epoch::advance() {
  batch_.reset();
  if (!work_) return;
  work_->finish();
  work_.reset();
  batch_ = line_order_ ? loader_.to_batch(next_, lines_) : std::move(upcoming_);
  ++next_;
  prefetch();
}

}  // namespace scanline::datasets
