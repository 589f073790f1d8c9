#include "scanline/datasets/mnist.hpp"

#include <fmt/format.h>

#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "scanline/datasets/idx.hpp"
#include "scanline/framework/core/error.hpp"

namespace scanline::datasets {
namespace {

namespace fs = std::filesystem;

constexpr Index side = 28;

/// The directory that is asked for, or else the place where the dataset usually is.
fs::path directory_of(const Request& request, const std::string& name) {
  if (!request.directory.empty()) return request.directory;
  const fs::path own = fs::path("data") / name;
  const fs::path packaged = fs::path("/usr/share/datasets") / name;
  std::error_code error;
  return !fs::exists(own, error) && fs::exists(packaged, error) ? packaged : own;
}

/// The file of that name, or with `.gz` behind it.
fs::path raw_or_gzipped(const fs::path& directory, const std::string& name,
                        const std::string& how_to_get_it) {
  std::error_code error;
  for (const fs::path& file : {directory / name, directory / (name + ".gz")})
    if (fs::exists(file, error)) return file;
  throw Error(fmt::format("{}: expected {} or {}.gz in it, found neither; {}", directory.string(),
                          name, name, how_to_get_it));
}

}  // namespace

struct Mnist::Facts {
  std::string name;
  Normalization normalization;
  std::vector<std::string> class_names;
  std::string how_to_get_it;
};

Mnist::Mnist(const Facts& facts, const Request& request)
    : facts_(facts), directory_(directory_of(request, facts.name)) {}

Mnist::Mnist(const Request& request) : Mnist(facts(), request) {}

FashionMnist::FashionMnist(const Request& request) : Mnist(facts(), request) {}

const Mnist::Facts& Mnist::facts() {
  static const Facts facts{
      "mnist",
      mnist_normalization,
      {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
      "run scripts/fetch_mnist.sh of the sources, or name another directory with --data"};
  return facts;
}

const Mnist::Facts& FashionMnist::facts() {
  static const Facts facts{"fashion-mnist",
                           {0.2860, 0.3530},
                           {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal",
                            "Shirt", "Sneaker", "Bag", "Ankle boot"},
                           "install Debian's package dataset-fashion-mnist"};
  return facts;
}

std::optional<Normalization> Mnist::normalization() const { return facts_.normalization; }

Dataset Mnist::read(Part part) const {
  std::error_code error;
  if (!fs::is_directory(directory_, error))
    throw Error(fmt::format("{}: expected a directory with {}, found none; {}", directory_.string(),
                            facts_.name, facts_.how_to_get_it));
  const std::string prefix = part == Part::train ? "train" : "t10k";
  const fs::path image_file =
      raw_or_gzipped(directory_, prefix + "-images-idx3-ubyte", facts_.how_to_get_it);
  const fs::path label_file =
      raw_or_gzipped(directory_, prefix + "-labels-idx1-ubyte", facts_.how_to_get_it);

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
    if (labels.values[i] >= facts_.class_names.size())
      throw Error(fmt::format("{}: expected labels below {}, found {} at position {}",
                              label_file.string(), facts_.class_names.size(), labels.values[i], i));
  return {.name = facts_.name,
          .count = extents[0],
          .rows = side,
          .columns = side,
          .pixels = std::move(images.values),
          .labels = {labels.values.begin(), labels.values.end()},
          .class_names = facts_.class_names};
}

}  // namespace scanline::datasets
