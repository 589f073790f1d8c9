#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "scanline/datasets/augmentations.hpp"
#include "scanline/datasets/dataset.hpp"
#include "scanline/datasets/line.hpp"
#include "scanline/framework/core/array.hpp"
#include "scanline/framework/core/idle_work.hpp"

namespace scanline::datasets {

/// Normalized images and their classes: a whole batch, or the rows of it that a loader makes.
struct Batch {
  /// (B, rows, columns), float32, normalized. Lines are padded with background.
  Array images = {};
  /// (B), int64; undefined if the dataset has no labels. Of lines (B, S): the classes of each
  /// line's characters from left to right, and -1 behind them.
  Array labels = {};
  /// The width of each line in pixels; empty where the examples are single images.
  std::vector<Index> widths = {};
  Index first = 0;  ///< The row of the whole batch that is the first one here.
  Index total = 0;  ///< The images, or lines, of the whole batch.
  /// The share of these rows in a mean over the whole batch. Of a batch that is not divided, the
  /// first process has the whole, and the others count nothing.
  double share = 1;

  /// Some of these rows: from row `begin` to the one before `end`. Lines are as wide as the widest
  /// of them.
  Batch rows(Index begin, Index end) const;
};

/// How a batch is divided among processes that compute it together. It is divided into pieces of
/// adjacent rows, as equal as possible. A batch with fewer images than pieces is not divided, and
/// every process has the whole.
struct Division {
  Index pieces = 1;  ///< The number of pieces.
  Index begin = 0;   ///< The first piece of this process.
  Index end = 1;     ///< The piece after the last one of this process.

  /// Whether a batch of so many images is divided.
  bool divides(Index images) const { return pieces > 1 && images >= pieces; }
  /// The first row of a piece of a batch that is divided.
  Index first_row(Index images, Index piece) const { return images * piece / pieces; }
};

/// Normalizes pixels from 0 to 255 in place: a pixel p becomes (p / 255 - mean) / deviation.
void normalize(std::span<float> pixels, const Normalization& normalization);

class Epoch;

/// How many examples the images at `positions` make: these images, or lines of them.
Index example_count(const Dataset& dataset, const std::vector<Index>& positions);

/// Loads some images of a dataset in batches, or lines that are composed of them. The last batch of
/// an epoch may be smaller than others.
///
/// Lines are composed anew in each epoch, and images are put together in another order. In a loader
/// that does not shuffle, each line has the same characters in each epoch.
class Loader {
 public:
  /// The options.
  struct Options {
    /// Images in a batch.
    Index batch_size = 1;
    /// Whether each epoch has its own random order. If not, images keep the order of the positions.
    bool shuffle = false;
    /// Random seed of shuffling and augmentation.
    std::uint64_t seed = 1;
    /// The normalization of pixels.
    Normalization normalization = {};
    /// The augmentation, which changes images differently in each epoch; none by default.
    std::shared_ptr<const Augmentation> augment = nullptr;
    /// The pieces of each batch that this loader makes; all by default. Order and augmentation are
    /// those of whole batches.
    Division division = {};
  };

  /// The loader refers to `dataset`, which has to outlive it. @throws Error for an empty batch
  /// size.
  Loader(const Dataset& dataset, std::vector<Index> positions, const Options& options);

  /// The division of batches.
  const Division& division() const { return options_.division; }
  /// Images, or lines, in an epoch, of whole batches.
  Index example_count() const { return example_count_; }
  /// Batches in an epoch.
  Index batch_count() const;

  /// Images in the whole batches from batch number `from` to the one before `to`.
  Index example_count(Index from, Index to) const;

  /// Whether the examples are lines of images.
  bool has_lines() const { return dataset_.lines.has_value(); }
  /// Whether batches have labels.
  bool has_labels() const { return !dataset_.labels.empty(); }

  /// The batches of an epoch, from batch number `from` to the one before `to`, or to the last one.
  /// It is used in a loop:
  ///
  ///     for (const Batch& batch : loader.epoch(7)) train_step(batch);
  ///
  /// The next batch is made by the threads of the pool while they would wait for each other in the
  /// body of the loop. The order of an epoch depends only on the seed and on its number, not on
  /// what came before, and is the same on every platform; how an image is augmented depends on its
  /// position in the dataset besides. The loader has to outlive the epoch.
  Epoch epoch(Index number = 0, Index from = 0, std::optional<Index> to = {}) const;

 private:
  friend class Epoch;
  /// The rows of batch number `i` that this process has.
  struct Rows {
    Index first, count;
  };
  Rows own_rows(Index i) const;
  /// Batch number `i`, in which the images and labels are missing.
  Batch outline(Index i) const;
  /// Batch number `i` of images, whose elements are not set.
  Batch empty_batch(Index i) const;
  /// Batch number `i` of lines, which are normalized and put together.
  Batch to_batch(Index i, const std::vector<Line>& lines) const;
  /// Fills in image `b` of a batch of an epoch: the one at that position in the dataset.
  void fill(const Batch& batch, Index b, Index epoch, Index position) const;

  const Dataset& dataset_;
  std::vector<Index> positions_;
  Options options_;
  Index example_count_;
};

/// The batches of one epoch, in their order. This is an input range, which can be iterated over
/// once. `Loader::epoch` makes it.
class Epoch {
 public:
  /// An input iterator. It refers to the epoch, so all iterators of an epoch are at the same batch.
  class Iterator {
   public:
    using value_type = Batch;                          ///< The element type.
    using difference_type = std::ptrdiff_t;            ///< The type of differences.
    using iterator_concept = std::input_iterator_tag;  ///< An input iterator.

    /// The batch, until the iterator goes to the next one.
    const Batch& operator*() const { return *epoch_->batch_; }
    /// Goes to the next batch.
    Iterator& operator++() {
      epoch_->advance();
      return *this;
    }
    /// Goes to the next batch.
    void operator++(int) { epoch_->advance(); }
    /// Whether there is no batch left.
    bool operator==(std::default_sentinel_t) const { return !epoch_->batch_; }

   private:
    friend class Epoch;
    explicit Iterator(Epoch& epoch) : epoch_(&epoch) {}
    Epoch* epoch_;
  };

  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;

  /// An iterator at the first batch, which is made now. Call it only once.
  Iterator begin();
  /// The end of all epochs.
  static std::default_sentinel_t end() { return {}; }

 private:
  friend class Loader;
  Epoch(const Loader& loader, Index number, Index from, Index to);
  /// Makes the present batch out of what was prefetched, and begins to prefetch the one after it.
  void advance();
  /// Begins to make batch number `next_`, if there is one.
  void prefetch();
  /// Begins to compose the lines of batch number `next_`.
  void prefetch_lines();

  const Loader& loader_;
  Index number_;
  Index next_;  // the batch that is prefetched, or to be made
  Index to_;    // the batch after the last one
  std::optional<LineOrder> line_order_;
  std::vector<Index> order_;      // positions in the dataset
  std::optional<Batch> batch_;    // the present one
  Batch upcoming_;                // the next one, which the work fills in
  std::vector<Line> lines_;       // those of the next one instead, where there are lines
  std::optional<IdleWork> work_;  // is destroyed first
};

}  // namespace scanline::datasets
