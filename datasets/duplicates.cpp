#include "scanline/datasets/duplicates.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "scanline/framework/core/parallel.hpp"

namespace scanline::datasets {
namespace {

std::size_t pixels_of(const Dataset& dataset) {
  return static_cast<std::size_t>(dataset.rows * dataset.columns);
}

const std::uint8_t* image_at(const Dataset& dataset, Index position) {
  return dataset.pixels.data() + static_cast<std::size_t>(position) * pixels_of(dataset);
}

/// A hash of bytes that takes eight of them at once: each word is mixed in by a multiplication and
/// a shift.
std::uint64_t hash(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
  std::uint64_t state = size;
  for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i, std::min(sizeof word, size - i));
    state = (state ^ word) * factor;
    state ^= state >> 32;
  }
  return state;
}

struct Hashed {
  std::uint64_t hash;
  Place place;
};

/// Negative, zero or positive, as the first of two images comes before the other, equals it or
/// comes after it, in a fixed but arbitrary order of all images.
int compare(const std::vector<const Dataset*>& datasets, const Hashed& a, const Hashed& b) {
  if (a.hash != b.hash) return a.hash < b.hash ? -1 : 1;
  const Dataset &left = *datasets[a.place.dataset], &right = *datasets[b.place.dataset];
  if (left.rows != right.rows) return left.rows < right.rows ? -1 : 1;
  if (left.columns != right.columns) return left.columns < right.columns ? -1 : 1;
  return std::memcmp(image_at(left, a.place.position), image_at(right, b.place.position),
                     pixels_of(left));
}

}  // namespace

std::vector<std::vector<Place>> find_duplicates(const std::vector<const Dataset*>& datasets) {
  constexpr Index images_at_once = 256;
  std::vector<Hashed> images;
  for (std::size_t d = 0; d < datasets.size(); ++d) {
    const Dataset& dataset = *datasets[d];
    Hashed* const first =
        &*images.insert(images.end(), static_cast<std::size_t>(dataset.count), Hashed{0, {d, 0}});
    parallel_for_ranges(dataset.count, images_at_once, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i)
        first[i] = {hash(image_at(dataset, i), pixels_of(dataset)), {d, i}};
    });
  }
  std::sort(images.begin(), images.end(), [&](const Hashed& a, const Hashed& b) {
    const int order = compare(datasets, a, b);
    return order != 0 ? order < 0 : a.place < b.place;
  });

  std::vector<std::vector<Place>> groups;
  for (auto begin = images.begin(); begin != images.end();) {
    const auto end = std::find_if(begin, images.end(), [&](const Hashed& image) {
      return compare(datasets, *begin, image) != 0;
    });
    if (end - begin > 1) {
      std::vector<Place>& group = groups.emplace_back();
      for (; begin != end; ++begin) group.push_back(begin->place);
    }
    begin = end;
  }
  std::sort(groups.begin(), groups.end());
  return groups;
}

}  // namespace scanline::datasets
