#pragma once

#include <memory>
#include <string>

#include "scanline/datasets/source.hpp"
#include "scanline/framework/core/fields.hpp"

namespace scanline::datasets {

/// Lines of handwritten digits, which are composed of the images of another dataset: that in the
/// directory or file that is asked for, in any format that can be recognised, or else MNIST. The
/// images are those of the other dataset. Loaders compose lines of them, as `Dataset::lines` says.
class Numbers : public Source {
 public:
  /// How lines are composed.
  struct Options {
    std::string digits = "1..8";    ///< The number of digits in a line: a range, or one number.
    std::string spacing = "-4..8";  ///< Columns between neighbours; negative where they overlap.
    /// Declares them.
    void declare(Fields& fields);
  };

  /// Refers to the files of the other dataset.
  /// @throws Error when its format is not recognised.
  Numbers(const Request& request, const Options& options);
  bool has(Part part) const override { return images_->has(part); }
  std::filesystem::path directory() const override { return images_->directory(); }
  std::optional<Normalization> normalization() const override { return images_->normalization(); }
  /// The images are prepared when they are read.
  bool is_prepared() const override { return true; }

 private:
  Dataset read(Part part) const override;

  Request request_;
  std::unique_ptr<Source> images_;
  LineStyle style_;
};

}  // namespace scanline::datasets
