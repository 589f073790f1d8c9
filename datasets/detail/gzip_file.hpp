#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "scanline/datasets/detail/byte_stream.hpp"
#include "scanline/framework/core/input_file.hpp"

namespace scanline::datasets {

/// A regular file that is read from its first byte to its last. What is gzipped is decompressed.
class GzipFile : public ByteStream {
 public:
  /// Opens the file. `kind` is what messages say was expected, for example "an IDX file".
  /// @throws Error as InputFile does.
  GzipFile(const std::filesystem::path& path, const std::string& kind);

  /// @throws Error when the system cannot read, and for damaged or truncated gzip data.
  std::size_t read(std::span<std::uint8_t> target) override;

 private:
  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };

  InputFile file_;
  std::unique_ptr<gzFile_s, Close> stream_;
};

}  // namespace scanline::datasets
