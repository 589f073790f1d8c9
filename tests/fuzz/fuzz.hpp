#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "scanline/framework/core/error.hpp"
#include "tests/temporary_directory.hpp"

/// What libFuzzer calls, and `replay.cpp` for each file of a corpus.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace scanline::test {

/// Lets `read` have a file of these bytes and this name. It may refuse them with an Error; whatever
/// else it does but return is a finding.
template <class Read>
int fuzz_file(const std::uint8_t* bytes, std::size_t size, const Read& read,
              const char* name = "file") {
  static const TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / name;
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  try {
    read(file);
  } catch (const Error&) {
  }
  return 0;
}

}  // namespace scanline::test
