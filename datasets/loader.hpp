#pragma once

#include <cstdint>
#include <vector>

#include "scanline/datasets/augment.hpp"
#include "scanline/datasets/mnist.hpp"
#include "scanline/framework/core/array.hpp"
#include "scanline/framework/core/parallel.hpp"

namespace scanline::datasets {

/// Images as a network sees them, and their classes.
struct Batch {
  Array images;  // (B, rows, columns), float32, standardised
  Array labels;  // (B,), int64
};

/// Cuts some images of a dataset into batches. The last batch of an epoch may be smaller; none is
/// left out.
class Loader {
 public:
  /// How images are drawn.
  struct Options {
    /// Images in a batch.
    Index batch_size = 1;
    /// Whether each epoch has an order of its own; else it is that of the positions.
    bool shuffle = false;
    /// Of the orders, and of how images are moved.
    std::uint64_t seed = 1;
    /// How far images are moved, each time anew; by default they are taken as they are.
    Deformation augment = {};
  };

  /// `images` is referred to and has to outlive the loader. @throws Error for an empty batch size.
  Loader(const ImageDataset& images, std::vector<Index> positions, const Options& options);

  /// Images in an epoch.
  Index example_count() const { return static_cast<Index>(positions_.size()); }
  /// Batches in an epoch.
  Index batch_count() const;

  /// Sets the order for an epoch. It depends on the seed and the number of the epoch alone, not on
  /// what came before, and is the same on every platform; how an image is moved depends on its
  /// position in the dataset besides.
  void start_epoch(Index epoch);
  /// Batch number `i` of this epoch, 0 <= i < batch_count().
  Batch batch(Index i) const;

 private:
  friend class UpcomingBatch;
  Batch empty_batch(Index i) const;
  /// Fills in image `b` of batch `i`.
  void fill(const Batch& batch, Index i, Index b) const;

  const ImageDataset& images_;
  std::vector<Index> positions_;
  std::vector<Index> order_;  // the positions, in the order of this epoch
  Index epoch_ = 0;
  Options options_;
};

/// A batch that the threads of the pool make while they would wait for each other.
class UpcomingBatch {
 public:
  /// Batch number `i` of the present epoch. The loader has to outlive this, and to stay in that
  /// epoch meanwhile.
  UpcomingBatch(const Loader& loader, Index i);
  /// The batch, when all of it is there. To be called once.
  Batch take();

 private:
  Batch batch_;
  IdleWork work_;
};

}  // namespace scanline::datasets
