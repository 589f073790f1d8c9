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

  /// The size of the file in bytes when it was opened.
  Index size() const { return size_; }
  /// The file descriptor, for libraries that read from one. It is closed with this object.
  int descriptor() const { return descriptor_; }

  /// Reads the next bytes of the file into `target`, and returns their number, which is smaller
  /// than the size of `target` at the end of the file. @throws Error when the system cannot read.
  std::size_t read(std::span<std::byte> target);

  /// Reads the rest of the file. @throws Error as `read` does, and when memory is short.
  std::string read_to_end();

  /// Throws the Error "<path>: expected <expected>, found <found>", in one line.
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const;

 private:
  std::filesystem::path path_;
  Index size_ = 0;
  int descriptor_ = -1;
};

}  // namespace scanline
