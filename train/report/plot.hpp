#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/dataset.hpp"
#include "scanline/framework/core/named_arrays.hpp"
#include "scanline/train/epoch_figures.hpp"
#include "scanline/train/evaluate.hpp"
#include "scanline/train/evaluate_lines.hpp"
#include "scanline/train/report/picture.hpp"

namespace scanline::train {

// The pictures of a run. The same input gives the same bytes, where the same fonts are installed.
// All throw Error when memory is short, or a class has a name that is not UTF-8.

/// Loss and accuracy, each on a logarithmic axis, and, where it is known, the learning rate over
/// the epochs. A curve has gaps where it is not finite. `note` stands below them.
Picture learning_curves(const std::vector<EpochFigures>& epochs, const std::string& note = "");

/// A run in a picture of several.
struct ComparedRun {
  std::string name;                  // as the legend calls it
  std::vector<EpochFigures> epochs;  // in order
};

/// The most runs whose curves can be told apart in one picture.
inline constexpr std::size_t most_compared_runs = 7;

/// Loss and accuracy of several runs on validation, or on training for a run without validation,
/// whose curves are dashed, over the epochs. A legend below has a line for each run, with its best
/// accuracy. @throws Error for more than `most_compared_runs`.
Picture compared_curves(const std::vector<ComparedRun>& runs);

/// The confusion matrix, with the number of images of each true class (row) and predicted class
/// (column), and the recall of each class. Correct predictions are blue and errors are orange. The
/// shade is the share of the row. The scale of errors ends at the largest share of an error.
/// `confusion` is that of Metrics.
Picture confusion_matrix(const std::vector<std::vector<Index>>& confusion,
                         const std::vector<std::string>& class_names);

/// The images, 40 at most, that were misclassified with the highest probability. Row i of the
/// answers is of image i; there may be more images than answers.
/// @throws Error for more answers than images, or another number of classes.
Picture worst_mistakes(const Answers& answers, const datasets::Dataset& images);

/// The lines, 40 at most, that were read wrong with the highest probability, in the order of the
/// loader that read the images at `positions`.
Picture worst_line_mistakes(const LineAnswers& answers, const datasets::Dataset& images,
                            const std::vector<Index>& positions);

/// The weights from the columns of an image to each hidden unit of the first recurrent layers, by
/// gate and direction: all `...weight_ih_l0`, (G*H, I), and `...weight_ih_l0_reverse` whose
/// weight_hh, (G*H, H), is there too. Returns nothing for a network without such weights.
std::optional<Picture> input_weights(const NamedArrays& weights);

}  // namespace scanline::train
