#include "scanline/datasets/detail/text_layout.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace scanline::datasets {
namespace {

constexpr double least_score = 0.35;  // of the best one: that of a digit
constexpr double least_piece = 0.06;  // of the digit's longer side: what is no speck
constexpr double gap_across = 0.12;   // of the digit's longer side, within a digit
constexpr double gap_down = 0.2;      // the bar of a five

/// By how much two intervals overlap; negative for the gap between them.
Index overlap(Index begin, Index end, Index other_begin, Index other_end) {
  return std::min(end, other_end) - std::max(begin, other_begin);
}

void add(DigitParts& digit, const DigitParts& other) {
  digit.parts.insert(digit.parts.end(), other.parts.begin(), other.parts.end());
  digit.box = united(digit.box, other.box);
}

/// Whether two parts are close enough for one digit, and would have the shape of one.
bool belong_together(const PixelBox& a, const PixelBox& b) {
  const PixelBox both = united(a, b);
  const auto longest = static_cast<double>(std::max(a.longest(), b.longest()));
  const Index across = overlap(a.left, a.right, b.left, b.right);
  const Index down = overlap(a.top, a.bottom, b.top, b.bottom);
  const double aspect = static_cast<double>(both.breadth()) / static_cast<double>(both.height());
  if (static_cast<double>(-across) > gap_across * longest ||
      static_cast<double>(-down) > gap_down * longest)
    return false;
  const bool is_piece =
      5 * std::min(a.longest(), b.longest()) < 2 * std::max(a.longest(), b.longest());
  if (is_piece) return true;
  const bool are_equally_tall = 4 * std::min(a.height(), b.height()) > 3 * both.height();
  if (are_equally_tall && 2 * across < std::min(a.breadth(), b.breadth())) return false;
  return aspect > 0.4 && aspect < 1.2;
}

/// The score from which on a component is a digit or a large part of one.
double digit_score(const std::vector<double>& scores) {
  return scores.empty() ? 0 : least_score * *std::max_element(scores.begin(), scores.end());
}

}  // namespace

std::ptrdiff_t count_digit_parts(const std::vector<double>& scores) {
  const double least = digit_score(scores);
  return std::count_if(scores.begin(), scores.end(), [&](double score) { return score >= least; });
}

std::vector<DigitParts> find_digit_parts(const Components& components,
                                         const std::vector<double>& scores, bool is_single) {
  std::vector<DigitParts> digits, pieces;
  const double least = digit_score(scores);
  for (std::size_t i = 0; i < scores.size(); ++i)
    (scores[i] >= least ? digits : pieces).push_back({{i}, components.list[i].box});
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (std::size_t a = 0; a < digits.size(); ++a)
      for (std::size_t b = a + 1; b < digits.size();)
        if (is_single || belong_together(digits[a].box, digits[b].box)) {
          add(digits[a], digits[b]);
          digits.erase(digits.begin() + static_cast<std::ptrdiff_t>(b));
          has_changed = true;
          b = a + 1;  // what was too far from it may be close to both
        } else {
          ++b;
        }
  }
  for (const DigitParts& piece : pieces) {
    for (DigitParts& digit : digits)
      if (static_cast<double>(piece.box.longest()) >=
              least_piece * static_cast<double>(digit.box.longest()) &&
          piece.box.longest() < digit.box.longest() && belong_together(digit.box, piece.box)) {
        add(digit, piece);
        break;
      }
  }
  return digits;
}

std::vector<std::vector<std::size_t>> find_lines(const std::vector<DigitParts>& digits) {
  std::vector<std::size_t> order(digits.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return digits[a].box.left < digits[b].box.left; });
  std::vector<std::vector<std::size_t>> lines;
  for (const std::size_t i : order) {
    const PixelBox& digit = digits[i].box;
    std::vector<std::size_t>* nearest = nullptr;
    Index smallest_gap = std::numeric_limits<Index>::max();
    for (std::vector<std::size_t>& line : lines) {
      const PixelBox& last = digits[line.back()].box;
      const Index common = overlap(last.top, last.bottom, digit.top, digit.bottom);
      const Index gap = digit.left - last.right;
      if (5 * common < 2 * std::min(last.height(), digit.height()) ||
          gap > 4 * std::max(last.height(), digit.height()) || gap >= smallest_gap)
        continue;
      smallest_gap = gap;
      nearest = &line;
    }
    if (nearest != nullptr)
      nearest->push_back(i);
    else
      lines.push_back({i});
  }
  const auto middle = [&](const std::vector<std::size_t>& line) {
    Index sum = 0;
    for (const std::size_t i : line) sum += digits[i].box.top + digits[i].box.bottom;
    return static_cast<double>(sum) / static_cast<double>(line.size());
  };
  std::stable_sort(lines.begin(), lines.end(),
                   [&](const auto& a, const auto& b) { return middle(a) < middle(b); });
  return lines;
}

}  // namespace scanline::datasets
