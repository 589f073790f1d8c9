#pragma once

#include <string>
#include <vector>

namespace scanline {

/// The candidate with the smallest edit distance to `word` in lower case. The result is empty if
/// that distance is more than a third of the length of the word.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

/// The suggestion " (did you mean NEAREST?)" for the end of a message. It is empty if no candidate
/// is near.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

/// A message that says that there is no `kind` of that name, and lists the known names and the
/// nearest one.
std::string unknown_name(const std::string& kind, const std::string& name,
                         const std::vector<std::string>& known);

}  // namespace scanline
