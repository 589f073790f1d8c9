#include "scanline/datasets/detail/zip_member.hpp"

#include <fmt/format.h>
#include <unzip.h>

#include <algorithm>
#include <array>

#include "scanline/datasets/detail/refuse_file.hpp"
#include "scanline/framework/core/input_file.hpp"

namespace scanline::datasets {
namespace {

constexpr const char* zip_file = "a ZIP archive such as an NPZ file";  // what messages expect
constexpr int stored = 0, deflated = 8;                                // methods of compression
constexpr Index longest_run = 1032;  // bytes that deflate makes of one

/// Opens an archive. @throws Error for what is none.
unzFile open_zip(const std::filesystem::path& path) {
  const InputFile file(path, zip_file);  // a regular file
  const unzFile archive = unzOpen64(path.c_str());
  if (archive == nullptr)
    file.fail(zip_file, file.size() == 0 ? "an empty file" : "another or a truncated file");
  return archive;
}

/// A member of an archive: its name, and what the archive says of it.
struct Entry {
  std::string name;
  unz_file_info64 facts = {};
};

/// The member that the archive is at. @throws Error when it is damaged.
Entry read_entry(unzFile archive, const std::filesystem::path& path) {
  std::array<char, 257> name{};  // longer ones are cut
  Entry entry;
  if (unzGetCurrentFileInfo64(archive, &entry.facts, name.data(), name.size() - 1, nullptr, 0,
                              nullptr, 0) != UNZ_OK)
    refuse_file(path, zip_file, "a damaged one");
  entry.name = name.data();
  return entry;
}

}  // namespace

void CloseZip::operator()(void* archive) const { unzClose(archive); }

std::vector<std::string> list_zip(const std::filesystem::path& path) {
  const std::unique_ptr<void, CloseZip> archive(open_zip(path));
  std::vector<std::string> names;
  for (int status = unzGoToFirstFile(archive.get()); status == UNZ_OK;
       status = unzGoToNextFile(archive.get()))
    names.push_back(read_entry(archive.get(), path).name);
  return names;
}

ZipMember::ZipMember(const std::filesystem::path& path, const std::string& name)
    : ByteStream(path.string() + ": " + name), archive_(open_zip(path)) {
  if (unzLocateFile(archive_.get(), name.c_str(), /*case sensitive*/ 1) != UNZ_OK)
    refuse_file(path, "a member " + name, "none");
  const Entry entry = read_entry(archive_.get(), path);
  const unz_file_info64& facts = entry.facts;
  if ((facts.flag & 1) != 0) fail("a member without a password", "an encrypted one");
  if (facts.compression_method != stored && facts.compression_method != deflated)
    fail("a stored or deflated member",
         fmt::format("compression method {}", facts.compression_method));
  const Index file_size = InputFile(path, zip_file).size();
  // Larger numbers than the file's size are lies, and smaller ones can be multiplied.
  const auto packed = static_cast<Index>(
      std::min<ZPOS64_T>(facts.compressed_size, static_cast<ZPOS64_T>(file_size) + 1));
  const Index most = facts.compression_method == stored ? packed : packed * longest_run;
  if (packed > file_size || facts.uncompressed_size > static_cast<ZPOS64_T>(most))
    fail("as many bytes as the archive can hold",
         fmt::format("{} in {}", facts.uncompressed_size, facts.compressed_size));
  if (unzOpenCurrentFile(archive_.get()) != UNZ_OK)
    fail("a member that can be read", "a damaged one");
  is_open_ = true;
}

std::size_t ZipMember::read(std::span<std::uint8_t> target) {
  std::size_t done = 0;
  while (is_open_ && done < target.size()) {
    const auto chunk = std::min<std::size_t>(target.size() - done, 1 << 20);
    const int count =
        unzReadCurrentFile(archive_.get(), target.data() + done, static_cast<unsigned>(chunk));
    if (count < 0) fail("a member that can be read", "damaged data");
    done += static_cast<std::size_t>(count);
    if (count > 0) continue;
    // This is the end, where the checksum is compared.
    is_open_ = false;
    if (unzCloseCurrentFile(archive_.get()) != UNZ_OK)
      fail("a member that can be read", "damaged data, as its checksum says");
  }
  return done;
}

}  // namespace scanline::datasets
