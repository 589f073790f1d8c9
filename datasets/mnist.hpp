#pragma once

#include <filesystem>
#include <optional>

#include "scanline/datasets/source.hpp"

namespace scanline::datasets {

/// The usual normalization of MNIST.
inline constexpr Normalization mnist_normalization{0.1307, 0.3081};

/// MNIST: handwritten digits of 28x28 pixels. It reads train-images-idx3-ubyte,
/// train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each raw or with
/// `.gz` added to its name, and checks that images and labels fit. The default directory is
/// `data/mnist` in the working directory.
class Mnist : public Source {
 public:
  /// Refers to the files in the directory of `request`, without reading them.
  explicit Mnist(const Request& request);
  std::filesystem::path directory() const override { return directory_; }
  std::optional<Normalization> normalization() const override;
  /// The files hold images that are prepared.
  bool is_prepared() const override { return true; }

 protected:
  /// The names, normalization and classes of a dataset.
  struct Facts;
  /// Another dataset in the same files. `facts` is referred to.
  Mnist(const Facts& facts, const Request& request);

 private:
  static const Facts& facts();
  Dataset read(Part part) const override;

  const Facts& facts_;
  std::filesystem::path directory_;
};

/// Fashion-MNIST: ten kinds of clothing, in files like those of MNIST. The default directory is
/// `data/fashion-mnist` in the working directory or, if it does not exist, that of Debian's package
/// dataset-fashion-mnist.
class FashionMnist : public Mnist {
 public:
  /// Refers to the files in the directory of `request`, without reading them.
  explicit FashionMnist(const Request& request);

 private:
  static const Facts& facts();
};

}  // namespace scanline::datasets
