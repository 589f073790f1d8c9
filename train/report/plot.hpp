#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scanline/datasets/dataset.hpp"
#include "scanline/framework/core/named_arrays.hpp"
#include "scanline/train/epoch_figures.hpp"
#include "scanline/train/evaluate.hpp"
#include "scanline/train/report/picture.hpp"

namespace scanline::train {

// The pictures of a run. The same input gives the same bytes, where the same fonts are installed.
// All throw Error when memory is short, or a class has a name that is not UTF-8.

/// Loss and accuracy, each on a logarithmic axis, and, where it is known, the learning rate over
/// the epochs. A curve has gaps where it is not finite. `note` stands below them.
Picture learning_curves(const std::vector<EpochFigures>& epochs, const std::string& note = "");

/// How many images of the class of a row were called by that of a column, and each class's recall.
/// Right answers are blue, their share of the row of images is the shade; errors are orange, with a
/// scale of their own, which ends at the largest share that an error has.
/// `confusion` is that of Metrics.
Picture confusion_matrix(const std::vector<std::vector<Index>>& confusion,
                         const std::vector<std::string>& class_names);

/// The images, 40 at most, that were misclassified with the highest probability. Row i of the
/// answers is of image i; there may be more images than answers.
/// @throws Error for more answers than images, or another number of classes.
Picture worst_mistakes(const Answers& answers, const datasets::Dataset& images);

/// What each hidden unit of a first recurrent layer makes of the columns of an image, gate by gate
/// and direction by direction: all `...weight_ih_l0`, (G*H, I), and `...weight_ih_l0_reverse` whose
/// weight_hh, (G*H, H), is there too. Nothing for a network that has none.
std::optional<Picture> input_weights(const NamedArrays& weights);

}  // namespace scanline::train
