#include "scanline/framework/io/atomic_file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/read_file.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using test::read_file;
using test::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

std::ptrdiff_t count_files(const TemporaryDirectory& directory) {
  return std::distance(fs::directory_iterator(directory.path()), {});
}

/// The message of an error while files may have no more than 1000 bytes, which fails writes just as
/// a full disk does.
template <class Write>
std::string error_on_full_disk(const Write& write) {
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{1000, limit.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  std::string message;
  try {
    write();
  } catch (const Error& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  return message;
}

}  // namespace

TEST_CASE("a failed write leaves nothing behind, and what was there before") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "file";
  io::write_file_atomically(file, {"two ", "parts"});
  CHECK(read_file(file) == "two parts");
  const std::string large(10'000, 'x');
  CHECK(error_on_full_disk([&] { io::write_file_atomically(file, {large}); }) ==
        file.string() + ": cannot be written: File too large");
  CHECK(read_file(file) == "two parts");
  CHECK(count_files(directory) == 1);

  const fs::path nowhere = directory.path() / "no/such/file";
  CHECK_THROWS_WITH(io::write_file_atomically(nowhere, {}),
                    nowhere.string() + ": cannot be written: No such file or directory");
}

TEST_CASE("of several files either all are written or none") {
  const TemporaryDirectory directory;
  const fs::path first = directory.path() / "first", second = directory.path() / "second";
  io::write_files_atomically({{first, "1"}, {second, "2"}});
  CHECK(read_file(first) == "1");
  CHECK(read_file(second) == "2");
  const std::string large(10'000, 'x');
  CHECK(error_on_full_disk([&] {
          io::write_files_atomically({{first, "3"}, {second, large}});
        }) == second.string() + ": cannot be written: File too large");
  const fs::path nowhere = directory.path() / "no/such/file";
  CHECK_THROWS_AS(io::write_files_atomically({{first, "3"}, {nowhere, "4"}}), Error);
  CHECK(read_file(first) == "1");
  CHECK(read_file(second) == "2");
  CHECK(count_files(directory) == 2);
}

TEST_CASE("a written file follows the user's mask") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "file";
  for (const mode_t mask : {0022U, 0077U, 0002U}) {
    const mode_t before = umask(mask);
    io::write_file_atomically(file, {});
    umask(before);
    CHECK(static_cast<mode_t>(fs::status(file).permissions()) == (0666 & ~mask));
  }
}

TEST_CASE("neither a pipe nor a directory is replaced by a file") {
  const TemporaryDirectory directory;
  const fs::path pipe = directory.path() / "pipe", folder = directory.path() / "folder";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  fs::create_directory(folder);
  for (const fs::path& target : {pipe, folder})
    CHECK_THROWS_WITH(
        io::write_file_atomically(target, {}),
        target.string() + ": cannot be written: the name belongs to a file that is not regular");
  CHECK(fs::is_fifo(pipe));
  CHECK(fs::is_directory(folder));
  CHECK(count_files(directory) == 2);
}

TEST_CASE("those who write the same file at the same time do not mix their bytes") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "file";
  std::vector<std::thread> writers;
  std::atomic<int> failures = 0;
  for (const char writer : {'a', 'b', 'c', 'd'})
    writers.emplace_back([&, writer] {
      const std::string bytes(200'000, writer);
      try {
        for (int i = 0; i < 10; ++i) io::write_file_atomically(file, {bytes});
      } catch (const Error&) {
        ++failures;
      }
    });
  for (std::thread& writer : writers) writer.join();
  CHECK(failures == 0);
  const std::string last = read_file(file);
  CHECK(last.size() == 200'000);
  CHECK(last.find_first_not_of(last.front()) == std::string::npos);
  CHECK(count_files(directory) == 1);
}
