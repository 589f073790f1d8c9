#include "scanline/datasets/detail/make_images.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parallel.hpp"

namespace scanline::datasets {
namespace {

constexpr Index chunk = 64;  // images between two reports of the progress

/// What is wrong with each image; empty for those that are right.
using Faults = std::vector<std::string>;

/// Leaves the bad images out, or throws an Error.
void settle(MadeImages& images, const Faults& faults, std::size_t area, const Request& request,
            const std::string& where) {
  const auto first = std::find_if(faults.begin(), faults.end(),
                                  [](const std::string& fault) { return !fault.empty(); });
  if (first == faults.end()) return;
  const std::size_t bad = faults.size() - images.kept.size();
  const std::string what =
      fmt::format("{}: {} of {} pictures cannot be read", where, bad, faults.size());
  if (!request.skip_bad || images.kept.empty())
    throw Error(fmt::format("{}; the first: {}{}", what, *first,
                            request.skip_bad ? "" : "; --skip-bad leaves them out"));
  auto to = images.pixels.begin();
  for (const Index i : images.kept) {
    const auto from = images.pixels.begin() + i * static_cast<Index>(area);
    to = std::copy(from, from + static_cast<Index>(area), to);
  }
  images.pixels.erase(to, images.pixels.end());
  if (request.note) request.note(fmt::format("{} and are left out; the first: {}", what, *first));
}

}  // namespace

MadeImages make_images(Index count, const ImageSize& size, const std::function<Image(Index)>& make,
                       const Request& request, const std::string& where) {
  const auto area = static_cast<std::size_t>(size.rows * size.columns);
  MadeImages images;
  images.pixels.resize(static_cast<std::size_t>(count) * area);
  Faults faults(static_cast<std::size_t>(count));
  for (Index begin = 0; begin < count; begin += chunk) {
    const Index end = std::min(begin + chunk, count);
    parallel_for(end - begin, [&](Index offset) {
      const Index i = begin + offset;
      try {
        const Image image = make(i);
        std::copy(image.pixels.begin(), image.pixels.end(),
                  images.pixels.begin() + i * static_cast<Index>(area));
      } catch (const Error& error) {
        faults[static_cast<std::size_t>(i)] = error.what();
      }
    });
    if (request.progress) request.progress(end, count);
  }
  for (Index i = 0; i < count; ++i)
    if (faults[static_cast<std::size_t>(i)].empty()) images.kept.push_back(i);
  settle(images, faults, area, request, where);
  return images;
}

}  // namespace scanline::datasets
