#include "scanline/framework/core/named_arrays.hpp"

#include <fmt/ranges.h>

#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/format.hpp"

namespace scanline {

void copy_by_name(const std::string& owner, const NamedArrays& from, const NamedArrays& to) {
  std::vector<std::string> missing, unexpected, misshapen;
  for (const auto& [name, array] : to) {
    const auto found = from.find(name);
    if (found == from.end())
      missing.push_back(name);
    else if (found->second.shape() != array.shape())
      misshapen.push_back(
          fmt::format("{} (expected {}, found {})", name, array.shape(), found->second.shape()));
  }
  for (const auto& [name, array] : from)
    if (to.count(name) == 0) unexpected.push_back(name);

  std::vector<std::string> complaints;
  const auto complain = [&](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) complaints.push_back(fmt::format("{} {}", what, fmt::join(names, ", ")));
  };
  complain("missing", missing);
  complain("unexpected", unexpected);
  complain("misshapen", misshapen);
  if (!complaints.empty())
    throw Error(fmt::format("tensors do not fit the {}: {}", owner, fmt::join(complaints, "; ")));
  for (const auto& [name, array] : to) array.assign(from.at(name));
}

}  // namespace scanline
