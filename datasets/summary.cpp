#include "scanline/datasets/summary.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "scanline/datasets/duplicates.hpp"
#include "scanline/framework/core/parallel.hpp"

namespace scanline::datasets {
namespace {

std::vector<Index> find_blank(const Dataset& part) {
  const Index pixels = part.rows * part.columns;
  std::vector<Index> positions;
  for (Index i = 0; i < part.count; ++i) {
    const std::uint8_t* image = part.pixels.data() + i * pixels;
    if (std::all_of(image, image + pixels, [&](std::uint8_t p) { return p == image[0]; }))
      positions.push_back(i);
  }
  return positions;
}

PartSummary summarize_part(const Dataset& part) {
  PartSummary summary{.count = part.count,
                      .rows = part.rows,
                      .columns = part.columns,
                      .class_counts = {},
                      .pixels = measure_normalization(part, all_positions(part)),
                      .repeated = {},
                      .blank = find_blank(part)};
  if (part.labels.empty()) return summary;
  summary.class_counts.resize(part.class_names.size());
  for (const Label label : part.labels) ++summary.class_counts[label];
  return summary;
}

/// The labels of images that are equal.
class Labels {
 public:
  void add(Label label) {
    has_several_ = has_several_ || (first_ && *first_ != label);
    if (!first_) first_ = label;
  }
  bool has_other_than(Label label) const { return has_several_ || (first_ && *first_ != label); }

 private:
  std::optional<Label> first_;
  bool has_several_ = false;
};

/// The images of one part in a group of equal images.
struct Members {
  std::span<const Place> places;
  const std::vector<Label>& labels;  // of the part; empty for a part without labels

  std::optional<Label> label(const Place& image) const {
    if (labels.empty()) return {};
    return labels[static_cast<std::size_t>(image.position)];
  }
};

void add_image(Identical& to, const Members& members, const Place& image, const Labels& others) {
  to.positions.push_back(image.position);
  const std::optional<Label> label = members.label(image);
  if (label && others.has_other_than(*label)) ++to.other_label;
}

/// Adds all images but the first.
void add_repeated(Identical& to, const Members& members) {
  Labels earlier;
  for (std::size_t i = 0; i < members.places.size(); ++i) {
    const Place& image = members.places[i];
    if (i > 0) add_image(to, members, image, earlier);
    if (const std::optional<Label> label = members.label(image)) earlier.add(*label);
  }
}

/// Adds all images of `members` if there are some in an earlier part.
void add_shared(Identical& to, const Members& earlier, const Members& members) {
  if (earlier.places.empty()) return;
  Labels labels;
  for (const Place& image : earlier.places)
    if (const std::optional<Label> label = earlier.label(image)) labels.add(*label);
  for (const Place& image : members.places) add_image(to, members, image, labels);
}

}  // namespace

Summary summarize(const std::vector<const Dataset*>& parts) {
  Summary summary;
  summary.parts.resize(parts.size());
  parallel_for(static_cast<Index>(parts.size()), [&](Index i) {
    const auto p = static_cast<std::size_t>(i);
    summary.parts[p] = summarize_part(*parts[p]);
  });
  for (std::size_t second = 1; second < parts.size(); ++second)
    for (std::size_t first = 0; first < second; ++first)
      summary.shared.push_back({first, second, {}});

  for (const std::vector<Place>& group : find_duplicates(parts)) {
    const auto members_of = [&](std::size_t part) {
      const auto [begin, end] =
          std::equal_range(group.begin(), group.end(), Place{part, 0},
                           [](const Place& a, const Place& b) { return a.dataset < b.dataset; });
      return Members{{begin, end}, parts[part]->labels};
    };
    for (std::size_t part = 0; part < parts.size(); ++part)
      add_repeated(summary.parts[part].repeated, members_of(part));
    for (SharedImages& shared : summary.shared)
      add_shared(shared.images, members_of(shared.first), members_of(shared.second));
  }
  for (PartSummary& part : summary.parts)
    std::sort(part.repeated.positions.begin(), part.repeated.positions.end());
  for (SharedImages& shared : summary.shared)
    std::sort(shared.images.positions.begin(), shared.images.positions.end());
  return summary;
}

}  // namespace scanline::datasets
