#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// log(0).
inline constexpr double log_zero = -std::numeric_limits<double>::infinity();

/// log(exp(a) + exp(b)) without overflow.
inline double log_add(double a, double b) {
  const double larger = a < b ? b : a, smaller = a < b ? a : b;
  if (smaller == log_zero) return larger;
  return larger + std::log1p(std::exp(smaller - larger));
}

/// All alignments of one sequence of labels with the steps of one sequence of inputs (Graves et al.
/// 2006). A state is a place in the labels with a blank before, between and after them: state 2 i
/// is a blank, and state 2 i + 1 is label i. An alignment begins in state 0 or 1, stays where it is
/// or goes to the next state at each step, and ends in one of the last two states. It may skip the
/// blank between two different labels. docs/ctc.md explains the recursions.
template <class T>
class CtcLattice {
 public:
  /// The lattice refers to both arrays. The logarithm of the probability of class `c` at step `t`
  /// is log_probs[t * stride + c].
  CtcLattice(const T* log_probs, Index stride, Index steps, std::span<const std::int64_t> labels,
             Index blank)
      : log_probs_(log_probs), stride_(stride), steps_(steps), labels_(labels), blank_(blank) {}

  /// The number of states.
  Index states() const { return 2 * static_cast<Index>(labels_.size()) + 1; }
  /// The class of a state.
  Index label(Index state) const {
    return state % 2 == 0 ? blank_ : labels_[static_cast<std::size_t>(state / 2)];
  }

  /// (steps, states): the log-probability of all beginnings of alignments that are in a state after
  /// a step.
  std::vector<double> forward() const;
  /// (steps, states): the log-probability of all continuations of alignments that are in a state
  /// after a step.
  std::vector<double> backward() const;
  /// The log-probability of the labels: that of all alignments. `forward` is the result of
  /// `forward()`.
  double total(const std::vector<double>& forward) const;
  /// (steps,): the states of the most probable alignment. There has to be one that is possible.
  std::vector<Index> best_alignment() const;

 private:
  double log_prob(Index step, Index state) const {
    return static_cast<double>(log_probs_[step * stride_ + label(state)]);
  }
  /// Whether an alignment may go to this state from the one before the blank before it.
  bool can_skip_to(Index state) const {
    return state >= 2 && state % 2 == 1 && label(state) != label(state - 2);
  }
  std::size_t at(Index step, Index state) const {
    return static_cast<std::size_t>(step * states() + state);
  }
  /// Fills (steps, states) from the first step on, where `join` is the probability of two ways.
  template <class Join>
  std::vector<double> recurse(Join join) const;

  const T* log_probs_;
  Index stride_, steps_;
  std::span<const std::int64_t> labels_;
  Index blank_;
};

template <class T>
template <class Join>
std::vector<double> CtcLattice<T>::recurse(Join join) const {
  std::vector<double> result(at(steps_, 0), log_zero);
  for (Index state = 0; state < std::min<Index>(2, states()); ++state)
    result[at(0, state)] = log_prob(0, state);
  // [ctc forward]
  for (Index t = 1; t < steps_; ++t)
    for (Index state = 0; state < states(); ++state) {
      double before = result[at(t - 1, state)];
      if (state >= 1) before = join(before, result[at(t - 1, state - 1)]);
      if (can_skip_to(state)) before = join(before, result[at(t - 1, state - 2)]);
      result[at(t, state)] = before + log_prob(t, state);
    }
  // [ctc forward]
  return result;
}

template <class T>
std::vector<double> CtcLattice<T>::forward() const {
  return recurse(log_add);
}

template <class T>
std::vector<double> CtcLattice<T>::backward() const {
  std::vector<double> result(at(steps_, 0), log_zero);
  for (Index state = std::max<Index>(0, states() - 2); state < states(); ++state)
    result[at(steps_ - 1, state)] = 0;
  // [ctc backward]
  for (Index t = steps_ - 2; t >= 0; --t) {
    const auto next = [&](Index state) {
      return result[at(t + 1, state)] + log_prob(t + 1, state);
    };
    for (Index state = 0; state < states(); ++state) {
      double after = next(state);
      if (state + 1 < states()) after = log_add(after, next(state + 1));
      if (state + 2 < states() && can_skip_to(state + 2)) after = log_add(after, next(state + 2));
      result[at(t, state)] = after;
    }
  }
  // [ctc backward]
  return result;
}

template <class T>
double CtcLattice<T>::total(const std::vector<double>& forward) const {
  const double last = forward[at(steps_ - 1, states() - 1)];
  return states() == 1 ? last : log_add(last, forward[at(steps_ - 1, states() - 2)]);
}

template <class T>
std::vector<Index> CtcLattice<T>::best_alignment() const {
  const std::vector<double> best = recurse([](double a, double b) { return a < b ? b : a; });
  std::vector<Index> result(static_cast<std::size_t>(steps_));
  Index state = states() - 1;
  if (state >= 1 && best[at(steps_ - 1, state - 1)] > best[at(steps_ - 1, state)]) --state;
  for (Index t = steps_ - 1; t >= 0; --t) {
    result[static_cast<std::size_t>(t)] = state;
    if (t == 0) break;
    Index from = state;
    if (state >= 1 && best[at(t - 1, state - 1)] > best[at(t - 1, from)]) from = state - 1;
    if (can_skip_to(state) && best[at(t - 1, state - 2)] > best[at(t - 1, from)]) from = state - 2;
    state = from;
  }
  return result;
}

}  // namespace scanline
