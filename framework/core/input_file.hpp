#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "scanline/framework/core/shape.hpp"

namespace scanline {

/// A regular file that is open for reading, from its first byte to its last.
class InputFile {
 public:
  /// Opens the file. `kind` is what messages say was expected, for example "an IDX file".
  /// @throws Error when there is no such file, when it cannot be opened, and when it is not a
  ///   regular file: opening a pipe may wait forever, and neither pipes nor devices have a size.
  InputFile(const std::filesystem::path& path, const std::string& kind);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Its size in bytes, as it was when the file was opened.
  Index size() const { return size_; }
  /// For libraries that read from a descriptor; it is closed with this object.
  int descriptor() const { return descriptor_; }

  /// Fills `target` with what comes next, as far as the file goes, and returns how many bytes that
  /// was. @throws Error when the system cannot read.
  std::size_t read(std::span<std::byte> target);

  /// Throws the Error "<path>: expected <expected>, found <found>", in one line.
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const;

 private:
  std::filesystem::path path_;
  Index size_ = 0;
  int descriptor_ = -1;
};

}  // namespace scanline
