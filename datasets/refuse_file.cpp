#include "scanline/datasets/detail/refuse_file.hpp"

#include <fmt/format.h>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"

namespace scanline::datasets {

void refuse_file(const std::filesystem::path& path, const std::string& expected,
                 const std::string& found) {
  throw Error(fmt::format("{}: expected {}, found {}", printable(path.string()),
                          printable(expected, longest_quote), printable(found, longest_quote)));
}

}  // namespace scanline::datasets
