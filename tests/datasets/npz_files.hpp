#pragma once

#include <zip.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace scanline::test {

/// An NPY file of version 1 with these bytes behind its header.
inline std::string npy(const std::string& type, const std::string& shape, const std::string& bytes,
                       const std::string& fortran_order = "False") {
  const std::string header = "{'descr': '" + type + "', 'fortran_order': " + fortran_order +
                             ", 'shape': (" + shape + "), }\n";
  const std::string length{static_cast<char>(header.size() & 0xff),
                           static_cast<char>(header.size() >> 8)};
  return "\x93NUMPY\x01" + std::string(1, '\0') + length + header + bytes;
}

/// The bytes of numbers as this machine has them.
template <class Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

/// Members of an archive: their names and bytes.
using Members = std::vector<std::pair<std::string, std::string>>;

/// Writes a ZIP archive whose members are deflated or, at level 0, stored.
inline void write_zip(const std::filesystem::path& file, const Members& members, int level = 6) {
  const zipFile zip = zipOpen64(file.c_str(), APPEND_STATUS_CREATE);
  for (const auto& [name, bytes] : members) {
    zipOpenNewFileInZip64(zip, name.c_str(), nullptr, nullptr, 0, nullptr, 0, nullptr,
                          level == 0 ? 0 : Z_DEFLATED, level, 0);
    zipWriteInFileInZip(zip, bytes.data(), static_cast<unsigned>(bytes.size()));
    zipCloseFileInZip(zip);
  }
  zipClose(zip, nullptr);
}

}  // namespace scanline::test
