#include "scanline/train/epoch_means.hpp"

#include <algorithm>
#include <cstdint>

namespace scanline::train {

void EpochMeans::add(const Array& logits, const Array& labels, double loss) {
  const Index classes = logits.shape()[1];
  for (Index i = 0; i < labels.size(); ++i) {
    const float* row = logits.data<float>() + i * classes;
    correct_ += std::max_element(row, row + classes) - row == labels.data<std::int64_t>()[i];
  }
  images_ += labels.size();
  loss_sum_ += loss * static_cast<double>(labels.size());
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
