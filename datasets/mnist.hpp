#pragma once

#include <filesystem>
#include <optional>

#include "scanline/datasets/source.hpp"

namespace scanline::datasets {

/// MNIST's normalization, by which all code that trains on it goes.
inline constexpr Normalization mnist_normalization{0.1307, 0.3081};

/// MNIST: handwritten digits of 28x28 pixels. It reads train-images-idx3-ubyte,
/// train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each raw or with
/// `.gz` behind its name, and checks that images and labels belong together. They usually are in
/// `data/mnist` of the working directory.
class Mnist : public Source {
 public:
  /// Refers to files in the directory that is asked for, without looking at them.
  explicit Mnist(const Request& request);
  std::filesystem::path directory() const override { return directory_; }
  std::optional<Normalization> normalization() const override;

 protected:
  /// What is known of a dataset beforehand.
  struct Facts;
  /// Another dataset in the same files. `facts` is referred to.
  Mnist(const Facts& facts, const Request& request);

 private:
  static const Facts& facts();
  Dataset read(Part part) const override;

  const Facts& facts_;
  std::filesystem::path directory_;
};

/// Fashion-MNIST: pieces of clothing of ten kinds, in files like those of MNIST. They usually are
/// in `data/fashion-mnist` of the working directory or, where that is absent, where Debian's
/// package dataset-fashion-mnist puts them.
class FashionMnist : public Mnist {
 public:
  /// Refers to files in the directory that is asked for, without looking at them.
  explicit FashionMnist(const Request& request);

 private:
  static const Facts& facts();
};

}  // namespace scanline::datasets
