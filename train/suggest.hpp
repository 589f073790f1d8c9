#pragma once

#include <string>
#include <vector>

namespace scanline::train {

/// The candidate that takes the fewest insertions, deletions and replacements to make of `word` in
/// lower case; empty when even that is more than a slip of the finger, a third of the word's
/// length.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace scanline::train
