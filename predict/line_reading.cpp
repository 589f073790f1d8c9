#include "scanline/predict/line_reading.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/ops/activation.hpp"
#include "scanline/framework/ops/ctc_decode.hpp"

namespace scanline {

std::vector<LineReading> decode_lines(const models::LineScores& scores, Index columns_per_step) {
  const NoGrad no_grad;
  const Array log_probs = log_softmax(scores.logits, 2).value().to(DType::float64);
  const Index batch = log_probs.shape()[1], classes = log_probs.shape()[2];
  const std::vector<CtcReading> decoded =
      ctc_greedy_decode(log_probs, scores.steps, /*blank=*/classes - 1);
  std::vector<LineReading> lines;
  for (Index b = 0; b < batch; ++b) {
    const auto& [labels, log_probability, spans] = decoded[static_cast<std::size_t>(b)];
    LineReading& line =
        lines.emplace_back(LineReading{.characters = {}, .probability = std::exp(log_probability)});
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto& [begin, end] = spans[i];
      double best = log_probs.data<double>()[(begin * batch + b) * classes + labels[i]];
      for (Index t = begin + 1; t < end; ++t)
        best = std::max(best, log_probs.data<double>()[(t * batch + b) * classes + labels[i]]);
      line.characters.push_back({.class_index = labels[i],
                                 .probability = std::exp(best),
                                 .begin = begin * columns_per_step,
                                 .end = end * columns_per_step});
    }
  }
  return lines;
}

std::vector<Index> classes_of(const LineReading& line) {
  std::vector<Index> classes;
  for (const CharacterReading& character : line.characters)
    classes.push_back(character.class_index);
  return classes;
}

std::vector<Index> characters_of(const Array& labels, Index b) {
  const Index longest = labels.shape()[1];
  const std::int64_t* row = labels.data<std::int64_t>() + b * longest;
  return {row, std::find(row, row + longest, -1)};
}

Lengths label_counts(const Array& labels) {
  Lengths counts;
  for (Index b = 0; b < labels.shape()[0]; ++b)
    counts.push_back(static_cast<Index>(characters_of(labels, b).size()));
  return counts;
}

Index edit_distance(const std::vector<Index>& from, const std::vector<Index>& to) {
  // distances[j] is that of what was taken of `from` so far to the first j of `to`.
  std::vector<Index> distances(to.size() + 1);
  std::iota(distances.begin(), distances.end(), Index{0});
  for (const Index character : from) {
    Index before = distances[0]++;  // without this character, and without that of `to`
    for (std::size_t j = 0; j < to.size(); ++j) {
      const Index replaced = before + (character == to[j] ? 0 : 1);
      before = distances[j + 1];
      distances[j + 1] = std::min({replaced, distances[j] + 1, before + 1});
    }
  }
  return distances.back();
}

}  // namespace scanline
