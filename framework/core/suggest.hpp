#pragma once

#include <string>
#include <vector>

namespace scanline {

/// The candidate that takes the fewest insertions, deletions and replacements to make of `word` in
/// lower case; empty when even that is more than a slip of the finger, a third of the word's
/// length.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

/// " (did you mean NEAREST?)", to be put behind a message; empty where nothing is near.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

/// A message: there is no `kind` of that name; the known ones follow, and the nearest.
std::string unknown_name(const std::string& kind, const std::string& name,
                         const std::vector<std::string>& known);

}  // namespace scanline
