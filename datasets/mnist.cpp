#include "scanline/datasets/mnist.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "scanline/datasets/idx.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {
namespace {

namespace fs = std::filesystem;

constexpr Index side = 28;

/// What is known of a dataset beforehand.
struct Facts {
  std::string name;
  double mean, standard_deviation;
  std::vector<std::string> class_names;
  std::string how_to_get_it;
};

const std::vector<Facts>& known() {
  static const std::vector<Facts> facts{
      {"mnist",
       0.1307,
       0.3081,
       {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
       "run scripts/fetch_mnist.sh of the sources, or name another directory"},
      {"fashion-mnist",
       0.2860,
       0.3530,
       {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot"},
       "install Debian's package dataset-fashion-mnist"},
  };
  return facts;
}

const Facts& facts_of(const std::string& name) {
  for (const Facts& facts : known())
    if (facts.name == name) return facts;
  throw Error(fmt::format("there is no dataset '{}'", printable(name, longest_quote)));
}

/// The file of that name, or with `.gz` behind it.
fs::path raw_or_gzipped(const fs::path& directory, const std::string& name, const Facts& facts) {
  std::error_code error;
  for (const fs::path& file : {directory / name, directory / (name + ".gz")})
    if (fs::exists(file, error)) return file;
  throw Error(fmt::format("{}: expected {} or {}.gz in it, found neither; {}", directory.string(),
                          name, name, facts.how_to_get_it));
}

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Facts& facts : known()) result.push_back(facts.name);
  return result;
}

fs::path default_directory(const std::string& name) {
  const fs::path own = fs::path("data") / name;
  const fs::path packaged = fs::path("/usr/share/datasets") / name;
  std::error_code error;
  return !fs::exists(own, error) && fs::exists(packaged, error) ? packaged : own;
}

ImageDataset describe(const std::string& name) {
  const Facts& facts = facts_of(name);
  return {.name = name,
          .rows = side,
          .columns = side,
          .pixels = {},
          .labels = {},
          .class_names = facts.class_names,
          .mean = facts.mean,
          .standard_deviation = facts.standard_deviation};
}

ImageDataset load(const std::string& name, Part part, const fs::path& directory) {
  const Facts& facts = facts_of(name);
  std::error_code error;
  if (!fs::is_directory(directory, error))
    throw Error(fmt::format("{}: expected a directory with {}, found none; {}", directory.string(),
                            name, facts.how_to_get_it));
  const std::string prefix = part == Part::train ? "train" : "t10k";
  const fs::path image_file = raw_or_gzipped(directory, prefix + "-images-idx3-ubyte", facts);
  const fs::path label_file = raw_or_gzipped(directory, prefix + "-labels-idx1-ubyte", facts);

  IdxArray images = read_idx(image_file, 3);
  const Shape& extents = images.extents;
  if (extents[0] == 0 || extents[1] != side || extents[2] != side)
    throw Error(fmt::format("{}: expected images of {}x{}, found {} of {}x{}", image_file.string(),
                            side, side, extents[0], extents[1], extents[2]));
  IdxArray labels = read_idx(label_file, 1);
  if (labels.extents[0] != extents[0])
    throw Error(fmt::format("{}: expected {} labels, one for each image of {}, found {}",
                            label_file.string(), extents[0], image_file.string(),
                            labels.extents[0]));
  for (std::size_t i = 0; i < labels.values.size(); ++i)
    if (labels.values[i] >= facts.class_names.size())
      throw Error(fmt::format("{}: expected labels below {}, found {} at position {}",
                              label_file.string(), facts.class_names.size(), labels.values[i], i));
  ImageDataset result = describe(name);
  result.count = extents[0];
  result.pixels = std::move(images.values);
  result.labels = std::move(labels.values);
  return result;
}

}  // namespace scanline::datasets
