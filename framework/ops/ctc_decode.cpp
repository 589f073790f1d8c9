#include "scanline/framework/ops/ctc_decode.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"
#include "scanline/framework/core/parallel.hpp"
#include "scanline/framework/ops/detail/ctc_lattice.hpp"

namespace scanline {
namespace {

/// The log-probabilities of one row.
template <class T>
struct Row {
  const T* log_probs;
  Index stride, steps, classes, blank;

  double log_prob(Index step, Index label) const {
    return static_cast<double>(log_probs[step * stride + label]);
  }
};

/// The probability and the places of these labels in a row.
template <class T>
CtcReading describe(const Row<T>& row, std::vector<Index> labels) {
  const std::vector<std::int64_t> copy(labels.begin(), labels.end());
  const CtcLattice<T> lattice(row.log_probs, row.stride, row.steps, copy, row.blank);
  CtcReading result;
  result.log_probability = lattice.total(lattice.forward());
  result.spans.resize(labels.size());
  const std::vector<Index> alignment = lattice.best_alignment();
  for (Index t = 0; t < row.steps; ++t) {
    const Index state = alignment[static_cast<std::size_t>(t)];
    if (state % 2 == 0) continue;
    CtcReading::Span& span = result.spans[static_cast<std::size_t>(state / 2)];
    if (span.end == 0) span.begin = t;
    span.end = t + 1;
  }
  result.labels = std::move(labels);
  return result;
}

template <class T>
std::vector<Index> read_greedily(const Row<T>& row) {
  std::vector<Index> labels;
  Index before = row.blank;
  for (Index t = 0; t < row.steps; ++t) {
    const T* const at = row.log_probs + t * row.stride;
    const Index best = std::max_element(at, at + row.classes) - at;
    if (best != row.blank && best != before) labels.push_back(best);
    before = best;
  }
  return labels;
}

/// The log-probabilities of all alignments of a prefix so far, by what they end in.
struct Ways {
  double blank = log_zero, label = log_zero;
  double total() const { return log_add(blank, label); }
};

using Prefix = std::vector<Index>;
using Beam = std::vector<std::pair<Prefix, Ways>>;

/// The prefixes after one more step, without a limit to their number.
template <class T>
std::map<Prefix, Ways> extend(const Beam& beam, const Row<T>& row, Index step) {
  std::map<Prefix, Ways> result;
  for (const auto& [prefix, ways] : beam) {
    Ways& same = result[prefix];
    same.blank = log_add(same.blank, ways.total() + row.log_prob(step, row.blank));
    for (Index label = 0; label < row.classes; ++label) {
      if (label == row.blank) continue;
      const double here = row.log_prob(step, label);
      const bool repeats = !prefix.empty() && prefix.back() == label;
      if (repeats) same.label = log_add(same.label, ways.label + here);
      Prefix longer = prefix;
      longer.push_back(label);
      Ways& next = result[longer];
      next.label = log_add(next.label, (repeats ? ways.blank : ways.total()) + here);
    }
  }
  return result;
}

template <class T>
std::vector<Index> search(const Row<T>& row, Index width) {
  Beam beam{{Prefix{}, Ways{.blank = 0}}};
  for (Index t = 0; t < row.steps; ++t) {
    const std::map<Prefix, Ways> next = extend(beam, row, t);
    beam.assign(next.begin(), next.end());
    const auto kept = static_cast<std::size_t>(std::min(width, static_cast<Index>(beam.size())));
    // The sort is stable, so that equal prefixes stay in the order of their labels.
    std::stable_sort(beam.begin(), beam.end(), [](const auto& a, const auto& b) {
      return a.second.total() > b.second.total();
    });
    beam.resize(kept);
  }
  return beam.front().first;
}

/// The results of `read(row)` for each row.
template <class Result, class Read>
std::vector<Result> decode(const char* op, const Array& log_probs, const Lengths& lengths,
                           Index blank, Read read) {
  if (!log_probs.defined() || log_probs.rank() != 3 || log_probs.shape()[0] == 0)
    throw Error(fmt::format("{}: needs log_probs (T, B, C) of at least one step", op));
  const Index steps = log_probs.shape()[0], batch = log_probs.shape()[1],
              classes = log_probs.shape()[2];
  check_lengths(op, lengths, steps, batch);
  if (blank < 0 || blank >= classes)
    throw Error(fmt::format("{}: blank {} is not within [0, {})", op, blank, classes));
  std::vector<Result> result(static_cast<std::size_t>(batch));
  dispatch(op, log_probs.dtype(), [&]<class T>(T) {
    parallel_for(batch, [&](Index b) {
      const auto i = static_cast<std::size_t>(b);
      const Row<T> row{log_probs.data<T>() + b * classes, batch * classes,
                       lengths.empty() ? steps : lengths[i], classes, blank};
      result[i] = read(row);
    });
  });
  return result;
}

}  // namespace

std::vector<std::vector<Index>> ctc_greedy_labels(const Array& scores, const Lengths& lengths,
                                                  Index blank) {
  return decode<std::vector<Index>>("ctc_greedy_labels", scores, lengths, blank,
                                    [](const auto& row) { return read_greedily(row); });
}

std::vector<CtcReading> ctc_greedy_decode(const Array& log_probs, const Lengths& lengths,
                                          Index blank) {
  return decode<CtcReading>("ctc_greedy_decode", log_probs, lengths, blank,
                            [](const auto& row) { return describe(row, read_greedily(row)); });
}

std::vector<CtcReading> ctc_beam_search(const Array& log_probs, Index width, const Lengths& lengths,
                                        Index blank) {
  if (width < 1) throw Error(fmt::format("ctc_beam_search: width {} is below 1", width));
  return decode<CtcReading>("ctc_beam_search", log_probs, lengths, blank,
                            [width](const auto& row) { return describe(row, search(row, width)); });
}

}  // namespace scanline
