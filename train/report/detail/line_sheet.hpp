#pragma once

#include <string>
#include <vector>

#include "scanline/datasets/loader.hpp"
#include "scanline/train/report/picture.hpp"
#include "scanline/train/report/sample_sheet.hpp"

namespace scanline::train {

/// The image of a line as it is drawn.
struct LineImage {
  Index rows = 0, columns = 0;
  std::vector<float> values = {};   // (rows, columns), from 0 for paper to 1 for ink
  std::vector<Index> classes = {};  // of its characters
};

/// The lines of these numbers in the first epoch of a loader that does not normalize. The numbers
/// are in ascending order.
std::vector<LineImage> find_lines(const datasets::Loader& loader,
                                  const std::vector<Index>& numbers);

/// The names of the characters, one after the other.
std::string text_of(const std::vector<Index>& classes, const std::vector<std::string>& names);

/// Draws lines with a caption below each, as many as fit beside one another.
Picture line_sheet(const std::string& title, const std::vector<LineImage>& lines,
                   const std::vector<std::string>& captions);

/// Some of the lines that are composed of the images at `positions`, as training sees them.
Picture line_samples(const datasets::Dataset& images, const std::vector<Index>& positions,
                     const SampleAugmentation& augmentation);

}  // namespace scanline::train
