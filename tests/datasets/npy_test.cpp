#include "scanline/datasets/detail/npy.hpp"

#include <algorithm>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/npz_files.hpp"

using namespace scanline;
using datasets::ElementType;
using test::npy;

namespace {

/// Bytes in memory.
class Memory : public datasets::ByteStream {
 public:
  explicit Memory(const std::string& bytes) : ByteStream("array"), bytes_(bytes) {}
  std::size_t read(std::span<std::uint8_t> target) override {
    const std::size_t count = std::min(target.size(), bytes_.size() - position_);
    std::copy_n(bytes_.data() + position_, count, target.data());
    position_ += count;
    return count;
  }

 private:
  std::string bytes_;
  std::size_t position_ = 0;
};

datasets::NpyHeader read(const std::string& bytes) {
  Memory memory(bytes);
  return datasets::read_npy_header(memory);
}

/// The same array with another text in its header.
std::string with_header(const std::string& header, char version = 1) {
  std::string bytes = "\x93NUMPY" + std::string(1, version) + std::string(1, '\0');
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + (version == 1 ? "" : std::string(2, '\0')) + header;
}

}  // namespace

TEST_CASE("headers of NPY files say type, byte order and shape") {
  const auto header = read(npy(">f8", "60000, 28, 28", ""));
  CHECK(header.shape == Shape{60000, 28, 28});
  CHECK(header.type.kind == ElementType::Kind::real);
  CHECK(header.type.size == 8);
  CHECK(header.type.is_big_endian);
  CHECK(read(npy("|b1", "3,", "")).type.kind == ElementType::Kind::boolean);
  CHECK(read(npy("<U5", "", "")).type.size == 20);
  CHECK(read(npy("<U5", "", "")).shape == Shape{});
  CHECK_FALSE(read(npy("<i2", "0,", "")).type.is_big_endian);
  const std::string other = "{\"shape\":(2,3),'fortran_order':False,'descr':'|u1'}   \n";
  for (const char version : {'\1', '\2', '\3'})
    CHECK(read(with_header(other, version)).shape == Shape{2, 3});
}

TEST_CASE("headers of NPY files are refused where they are not what they should be") {
  const auto refused = [](const std::string& bytes, const std::string& why) {
    CHECK_THROWS_WITH(read(bytes), ContainsSubstring(why));
  };
  const std::string array = "array: expected an NPY array of version 1 to 3, found ";
  refused("", array + "an empty file");
  refused("\x93NUMP", array + "another file");
  refused("PK\x03\x04 and so on", array + "another file");
  refused(with_header("", 4), array + "version 4");
  refused(npy("|u1", "3,", "").substr(0, 40), "expected a whole header, found the end");
  refused(with_header(std::string(10'001, ' '), 1), "a header of at most 10000 bytes, found 10001");
  refused(npy("|u1", "2, 3", "", "True"), "an array in C order");
  refused(npy("|O", "2,", ""), "found Python objects");
  refused(npy("|O8", "2,", ""), "found Python objects");
  for (const std::string type :
       {"<f2", "<f16", "<c8", "|S3", "<M8[ns]", "=i4", "u1", "<i3", "<U0", "<U201"})
    refused(npy(type, "2,", ""), "floats of 4 or 8 bytes, or texts, found type '" + type + "'");
  refused(with_header("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (2,), }"),
          "a structured one");
  for (const std::string shape :
       {"-1,", "2", "2 3", "x,", "1, 1, 1, 1, 1", "99999999999999999999,", ",", "2,,"})
    refused(npy("|u1", shape, ""), "expected a header such as");
  refused(npy("<f8", "2000000000, 2000000000", ""), "a shape whose product a file can have");
  for (const std::string header :
       {"", "{}", "{'descr': '|u1', 'shape': (2,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), } x",
        "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '|u1', 'fortran_order': None, 'shape': (2,)}", "{'descr': '|u1"})
    refused(with_header(header), "expected a header such as");
}
