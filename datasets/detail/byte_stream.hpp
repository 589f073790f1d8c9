#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "scanline/datasets/detail/refuse_file.hpp"

namespace scanline::datasets {

/// Bytes that are read from the first to the last: those of a file, or of a member of an archive.
class ByteStream {
 public:
  /// `name` is what messages call it.
  explicit ByteStream(std::string name) : name_(std::move(name)) {}
  virtual ~ByteStream() = default;

  /// Fills `target` as far as the bytes go, and returns how many that was.
  /// @throws Error when they cannot be read, or are damaged.
  virtual std::size_t read(std::span<std::uint8_t> target) = 0;

  /// Throws the Error "<name>: expected <expected>, found <found>", in one line.
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    refuse_file(name_, expected, found);
  }

 private:
  std::string name_;
};

}  // namespace scanline::datasets
