#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "scanline/datasets/detail/byte_stream.hpp"

namespace scanline::datasets {

/// The names of the members of a ZIP archive, in its order.
/// @throws Error for a file that cannot be opened, or is no ZIP archive.
std::vector<std::string> list_zip(const std::filesystem::path& path);

/// Closes an archive that minizip has opened.
struct CloseZip {
  void operator()(void* archive) const;
};

/// A member of a ZIP archive, which is stored or deflated. What the archive says of its size is
/// checked against the number of its compressed bytes.
class ZipMember : public ByteStream {
 public:
  /// Opens the member at its first byte.
  /// @throws Error for a file that is no such archive or has no such member, and for a member that
  ///   is encrypted, is compressed by another method, or claims more than its bytes can hold.
  ZipMember(const std::filesystem::path& path, const std::string& name);
  /// @throws Error for damaged data, which a checksum finds at the end.
  std::size_t read(std::span<std::uint8_t> target) override;

 private:
  std::unique_ptr<void, CloseZip> archive_;
  bool is_open_ = false;
};

}  // namespace scanline::datasets
