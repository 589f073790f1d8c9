#include "scanline/train/new_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/parse_number.hpp"
#include "scanline/framework/core/shape.hpp"

namespace scanline::train {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& reason) {
  throw Error(fmt::format("{}: cannot make the directory: {}", path.string(), reason));
}

/// The number of the directory `<stem>-<number>`; 0 for any other name.
Index number_of(const std::string& name, const std::string& stem) {
  const std::string prefix = stem + "-";
  if (!name.starts_with(prefix)) return 0;
  const Index number =
      parse_number<Index>(std::string_view(name).substr(prefix.size())).value_or(0);
  constexpr Index highest = 1'000'000'000;
  return number > 0 && number <= highest ? number : 0;
}

}  // namespace

fs::path make_numbered_directory(const fs::path& parent, const std::string& stem) {
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) fail(parent, error.message());
  Index number = 1;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end;
       entry.increment(error))
    number = std::max(number, number_of(entry->path().filename().string(), stem) + 1);
  for (;; ++number) {
    const fs::path path = parent / fmt::format("{}-{}", stem, number);
    // The system makes a directory for one caller only; the other takes the next number.
    if (fs::create_directory(path, error)) return path;
    if (error) fail(path, error.message());
  }
}

void make_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) fail(directory, error.message());
  if (!fs::is_directory(directory, error)) fail(directory, "something else has that name");
}

}  // namespace scanline::train
