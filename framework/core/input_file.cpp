#include "scanline/framework/core/input_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/core/uninterrupted.hpp"

namespace scanline {
namespace {

std::string reason() { return std::generic_category().message(errno); }

}  // namespace

InputFile::InputFile(const std::filesystem::path& path, const std::string& kind) : path_(path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) fail(kind, "none: " + reason());
    fail(kind, "a name that cannot be looked up: " + reason());
  }
  if (S_ISDIR(facts.st_mode)) fail(kind, "a directory");
  if (!S_ISREG(facts.st_mode)) fail(kind, "something that is not a regular file");
  size_ = facts.st_size;
  descriptor_ = uninterrupted([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (descriptor_ < 0) fail(kind, "a file that cannot be opened: " + reason());
}

InputFile::~InputFile() { close(descriptor_); }

std::size_t InputFile::read(std::span<std::byte> target) {
  std::size_t done = 0;
  while (done < target.size()) {
    const ssize_t count = uninterrupted(
        [&] { return ::read(descriptor_, target.data() + done, target.size() - done); });
    if (count < 0) fail("a file that can be read", reason());
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

std::string InputFile::read_to_end() {
  std::string content(static_cast<std::size_t>(size_), '\0');
  content.resize(read(std::as_writable_bytes(std::span(content))));
  return content;
}

void InputFile::fail(const std::string& expected, const std::string& found) const {
  throw Error(fmt::format("{}: expected {}, found {}", path_.string(),
                          printable(expected, longest_quote), printable(found, longest_quote)));
}

}  // namespace scanline
