#include "scanline/train/epoch_means.hpp"

#include <algorithm>

namespace scanline::train {

void EpochMeans::add(Index images, Index correct, double loss) {
  images_ += images;
  correct_ += correct;
  loss_sum_ += loss * static_cast<double>(images);
}

double EpochMeans::loss() const {
  return loss_sum_ / static_cast<double>(std::max<Index>(images_, 1));
}

double EpochMeans::accuracy() const {
  return static_cast<double>(correct_) / static_cast<double>(std::max<Index>(images_, 1));
}

void EpochMeans::state(Archive& archive) {
  archive.value("epoch.images", images_);
  archive.value("epoch.correct", correct_);
  archive.value("epoch.loss_sum", loss_sum_);
}

}  // namespace scanline::train
