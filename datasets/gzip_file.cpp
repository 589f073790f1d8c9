#include "scanline/datasets/detail/gzip_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace scanline::datasets {

GzipFile::GzipFile(const std::filesystem::path& path, const std::string& kind)
    : ByteStream(path.string()), file_(path, kind) {
  const int descriptor = dup(file_.descriptor());  // which zlib will close
  // zlib returns what is not gzipped as it is.
  stream_.reset(gzdopen(descriptor, "rb"));
  if (stream_ == nullptr) {
    close(descriptor);
    fail(kind, "one that zlib cannot open");
  }
}

std::size_t GzipFile::read(std::span<std::uint8_t> target) {
  std::size_t done = 0;
  while (done < target.size()) {
    // zlib counts in int.
    const auto chunk = std::min<std::size_t>(target.size() - done, 1 << 20);
    const int count = gzread(stream_.get(), target.data() + done, static_cast<unsigned>(chunk));
    int status = Z_OK;
    gzerror(stream_.get(), &status);
    if (status == Z_BUF_ERROR) fail("a whole file", "truncated gzip data");
    if (status == Z_DATA_ERROR) fail("a whole file", "damaged gzip data");
    if (count < 0) fail("a file that can be read", std::strerror(errno));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

}  // namespace scanline::datasets
