#pragma once

#include <vector>

#include "scanline/framework/core/array.hpp"
#include "scanline/framework/ops/recurrent.hpp"

namespace scanline {

/// Labels that were read from a sequence whose network was trained with `ctc_loss`.
struct CtcReading {
  /// Steps from `begin` to the one before `end`.
  struct Span {
    Index begin = 0;  ///< The first step.
    Index end = 0;    ///< The step after the last one.
  };
  std::vector<Index> labels;   ///< The labels, without blanks.
  double log_probability = 0;  ///< The log-probability of the labels, over all alignments.
  std::vector<Span> spans;     ///< The steps of each label in the most probable alignment.
};

/// Reads the class with the highest score at each step, merges repetitions and removes blanks, as
/// `ctc_greedy_decode` does, and returns only the labels of each row. scores (T, B, C) may be
/// logits or log-probabilities.
/// @throws Error as `ctc_greedy_decode` does.
std::vector<std::vector<Index>> ctc_greedy_labels(const Array& scores, const Lengths& lengths = {},
                                                  Index blank = 0);

/// Reads the class with the highest probability at each step, merges repetitions and removes
/// blanks. log_probs (T, B, C) are log-probabilities; row b has lengths[b] steps, or all T if there
/// are no lengths. Returns a reading for each row.
/// @throws Error when the shape, type, lengths or blank do not fit.
std::vector<CtcReading> ctc_greedy_decode(const Array& log_probs, const Lengths& lengths = {},
                                          Index blank = 0);

/// Finds probable labels by prefix beam search (Graves 2012; Hannun et al. 2014, arXiv 1408.2873):
/// the probabilities of all alignments of a prefix are added up, and the `width` most probable
/// prefixes are kept at each step. A wider beam costs more and finds labels that are as probable or
/// more so. Arguments are those of `ctc_greedy_decode`.
/// @throws Error as `ctc_greedy_decode`, and for a width below 1.
std::vector<CtcReading> ctc_beam_search(const Array& log_probs, Index width,
                                        const Lengths& lengths = {}, Index blank = 0);

}  // namespace scanline
