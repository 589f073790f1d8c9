#include "scanline/framework/io/safetensors.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/read_file.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using io::Safetensors;
using test::read_file;
using test::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

/// The eight bytes of a little-endian length.
std::string little_endian(std::uint64_t length) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, bytes.size());
  return bytes;
}

/// Writes a file with this header and so many bytes of data, and gives the message that reading it
/// is refused with; empty if it is not.
std::string refusal(const std::string& header, std::size_t data_bytes) {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "x.safetensors";
  std::ofstream(file, std::ios::binary)
      << little_endian(header.size()) << header << std::string(data_bytes, '\0');
  try {
    io::read_safetensors(file);
  } catch (const Error& error) {
    // One line that begins with the file.
    const std::string text = error.what();
    CHECK(text.rfind(file.string() + ": expected ", 0) == 0);
    CHECK(text.find('\n') == std::string::npos);
    return text;
  }
  return {};
}

std::string refusal_of_bytes(const std::string& bytes) {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "x.safetensors";
  std::ofstream(file, std::ios::binary) << bytes;
  try {
    io::read_safetensors(file);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("safetensors come back as they were written") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "model.safetensors";
  const std::vector<float> floats{1.5F, -0.0F, std::numeric_limits<float>::infinity(), 1e-42F};
  const std::vector<double> doubles{0.1, -2, 1e300};
  const std::vector<std::int64_t> integers{-1, INT64_MAX};
  Safetensors content;
  content.tensors = {
      {"weights", Array::from(floats, {2, 1, 2})},
      {"moments", Array::from(doubles, {3})},
      {"steps", Array::from(integers, {2})},
      {"scalar", Array::scalar(7, DType::float64)},
      {"empty", Array({0, 5}, DType::float32)},
      {"na\"me \xc3\xa9\n", Array::scalar(1)},
      // A part of another array, which does not begin where its storage does.
      {"rows", Array::from(doubles, {3}).rows(1, 3)},
  };
  content.metadata = {{"model", "bilstm"}, {"quote", "\"\\ \n"}};
  io::write_safetensors(file, content);
  const Safetensors back = io::read_safetensors(file);
  CHECK(back.metadata == content.metadata);
  REQUIRE(back.tensors.size() == content.tensors.size());
  for (const auto& [name, array] : content.tensors) {
    INFO(name);
    const Array& read = back.tensors.at(name);
    CHECK(read.shape() == array.shape());
    REQUIRE(read.dtype() == array.dtype());
    CHECK(std::memcmp(read.raw(), array.raw(), static_cast<std::size_t>(array.bytes())) == 0);
  }

  const std::string bytes = read_file(file);
  io::write_safetensors(file, back);
  CHECK(read_file(file) == bytes);
  // Nothing but the file itself is left in the directory.
  CHECK(std::distance(fs::directory_iterator(directory.path()), {}) == 1);
}

TEST_CASE("a safetensors file has the bytes that the format asks for") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "tiny.safetensors";
  const std::vector<float> small{1, 2};
  io::write_safetensors(
      file,
      {{{"a", Array::from(small, {2})}, {"b", Array::scalar(3, DType::float64)}}, {{"k", "v"}}});
  // The larger elements come first; the header is padded to a multiple of 8.
  std::string header =
      R"({"__metadata__":{"k":"v"},"b":{"dtype":"F64","shape":[],"data_offsets":[0,8]},)"
      R"("a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})";
  header.append((8 - header.size() % 8) % 8, ' ');
  const double three = 3;
  std::string expected = little_endian(header.size()) + header;
  expected.append(reinterpret_cast<const char*>(&three), 8);
  expected.append(reinterpret_cast<const char*>(small.data()), 8);
  CHECK(read_file(file) == expected);
  CHECK(header.size() % 8 == 0);
}

TEST_CASE("safetensors that the format allows are read") {
  CHECK(refusal("{}", 0).empty());
  CHECK(refusal(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}   )", 4).empty());
  CHECK(refusal(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},)"
                R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                4)
            .empty());
  // The order of keys is free.
  CHECK(refusal(R"({"b":{"data_offsets":[4,8],"shape":[1],"dtype":"F32"},)"
                R"("a":{"shape":[1],"dtype":"F32","data_offsets":[0,4]}})",
                8)
            .empty());
}

namespace {

/// A file of one tensor of this type, which holds these bytes.
template <class Stored>
Array read_as(const std::string& dtype, const std::vector<Stored>& elements) {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "x.safetensors";
  const std::size_t bytes = elements.size() * sizeof(Stored);
  const std::string header = R"({"x":{"dtype":")" + dtype + R"(","shape":[)" +
                             std::to_string(elements.size()) + R"(],"data_offsets":[0,)" +
                             std::to_string(bytes) + "]}}";
  std::ofstream(file, std::ios::binary)
      << little_endian(header.size()) << header
      << std::string(reinterpret_cast<const char*>(elements.data()), bytes);
  return io::read_safetensors(file).tensors.at("x");
}

}  // namespace

TEST_CASE("a safetensors file may have integers and truth values that arrays have not") {
  const auto integers = [](const Array& array) {
    REQUIRE(array.dtype() == DType::int64);
    return std::vector<std::int64_t>(array.data<std::int64_t>(),
                                     array.data<std::int64_t>() + array.size());
  };
  using Values = std::vector<std::int64_t>;
  CHECK(integers(read_as<std::int32_t>("I32", {INT32_MIN, -1, INT32_MAX})) ==
        Values{INT32_MIN, -1, INT32_MAX});
  CHECK(integers(read_as<std::int16_t>("I16", {INT16_MIN, -1, INT16_MAX})) ==
        Values{INT16_MIN, -1, INT16_MAX});
  CHECK(integers(read_as<std::int8_t>("I8", {-128, -1, 127})) == Values{-128, -1, 127});
  CHECK(integers(read_as<std::uint32_t>("U32", {0, UINT32_MAX})) == Values{0, UINT32_MAX});
  CHECK(integers(read_as<std::uint16_t>("U16", {0, UINT16_MAX})) == Values{0, UINT16_MAX});
  CHECK(integers(read_as<std::uint8_t>("U8", {0, 255})) == Values{0, 255});
  CHECK(integers(read_as<std::uint8_t>("BOOL", {0, 1, 1, 255})) == Values{0, 1, 1, 1});
  CHECK(integers(read_as<std::uint8_t>("BOOL", {})).empty());
  // More than are converted at once.
  std::vector<std::int16_t> many(10'001);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<std::int16_t>(i);
  CHECK(integers(read_as("I16", many)) == Values(many.begin(), many.end()));
}

TEST_CASE("half floats of safetensors become float32 without loss") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const auto check = [](const Array& found, const std::vector<float>& wanted) {
    REQUIRE(found.dtype() == DType::float32);
    REQUIRE(found.size() == static_cast<Index>(wanted.size()));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      INFO("element " << i);
      const float value = found.data<float>()[i];
      if (std::isnan(wanted[i]))
        CHECK(std::isnan(value));
      else
        CHECK(value == wanted[i]);
      CHECK(std::signbit(value) == std::signbit(wanted[i]));
    }
  };
  check(read_as<std::uint16_t>("F16", {0x0000, 0x8000, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x0400,
                                       0x03ff, 0x0001, 0x8001, 0x7c00, 0xfc00, 0x7e00, 0xfc01}),
        {0.0F, -0.0F, 1, -2, 0x1.554p-2F, 65504, 0x1p-14F, 0x1.ff8p-15F, 0x1p-24F, -0x1p-24F,
         infinity, -infinity, NAN, -NAN});
  check(read_as<std::uint16_t>("BF16", {0x0000, 0x8000, 0x3f80, 0xc000, 0x7f7f, 0x0001, 0x8001,
                                        0x7f80, 0xff80, 0x7fc0, 0xff81}),
        {0.0F, -0.0F, 1, -2, 0x1.fep127F, 0x1p-133F, -0x1p-133F, infinity, -infinity, NAN, -NAN});
  // All half floats in order: each is the next one above the last.
  std::vector<std::uint16_t> all(0x7c01);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
  const Array floats = read_as("F16", all);
  for (Index i = 0; i < 0x7c00; ++i) {
    const double step = floats.at(i + 1) - floats.at(i);
    REQUIRE((i == 0x7bff
                 ? infinity
                 : std::ldexp(1.0, std::max<int>(static_cast<int>(i >> 10), 1) - 25)) == step);
  }
}

TEST_CASE("safetensors that break a rule are refused, with what is wrong") {
  SECTION("fewer than 8 bytes") {
    CHECK(contains(refusal_of_bytes(""), "found 0 bytes"));
    CHECK(contains(refusal_of_bytes("1234567"), "found 7 bytes"));
  }
  SECTION("a header longer than allowed, or than the file") {
    CHECK(contains(refusal_of_bytes(little_endian(100'000'001) + "{}"), "at most 100000000 bytes"));
    CHECK(contains(refusal_of_bytes(little_endian(100'000'000) + "{}"), "within the 2 bytes"));
    CHECK(contains(refusal_of_bytes(little_endian(UINT64_MAX) + "{}"), "18446744073709551615"));
    CHECK(contains(refusal_of_bytes(little_endian(3) + "{}"), "within the 2 bytes"));
  }
  SECTION("a header that is no JSON object in UTF-8") {
    CHECK(contains(refusal("", 0), "begins with '{'"));
    CHECK(contains(refusal(" {}", 0), "begins with '{'"));
    CHECK(contains(refusal("[]", 0), "begins with '{'"));
    CHECK(contains(refusal("{", 0), "JSON"));
    CHECK(contains(refusal("{}}", 0), "JSON"));
    CHECK(contains(refusal("{\"\xff\":1}", 0), "UTF-8"));
    CHECK(contains(refusal("{\"a\xc0\xaf\":1}", 0), "UTF-8"));
    // A zero byte is not the end, whatever stands behind it.
    CHECK(contains(refusal(std::string("{}\0{", 4), 0), "a zero byte"));
    CHECK(contains(refusal(std::string("{}\0", 3), 0), "a zero byte"));
  }
  SECTION("nesting that would overflow the stack") {
    const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
    CHECK(contains(refusal("{\"a\":" + deep + "}", 0), "deeper nesting"));
    CHECK(contains(refusal(R"({"a":{"dtype":"F32","shape":[[]],"data_offsets":[0,4]}})", 4),
                   "deeper nesting"));
    CHECK(contains(refusal(std::string(100'000, '{'), 0), "JSON"));
  }
  SECTION("duplicate keys") {
    const std::string entry = R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
    CHECK(contains(refusal("{" + entry + "," + entry + "}", 4), "'a' twice"));
    CHECK(contains(refusal(R"({"__metadata__":{"k":"1","k":"2"}})", 0), "'k' twice"));
    CHECK(contains(
        refusal(R"({"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}})", 4),
        "'shape' twice"));
  }
  const auto one = [](const std::string& shape, const std::string& offsets,
                      const std::string& dtype = R"("F32")") {
    return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
           "}}";
  };
  SECTION("gaps, overlaps and bytes left over") {
    const auto two = [](const std::string& first, const std::string& second) {
      return R"({"a":{"dtype":"F32","shape":[1],"data_offsets":)" + first +
             R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":)" + second + "}}";
    };
    CHECK(refusal(two("[0,4]", "[4,8]"), 8).empty());
    CHECK(contains(refusal(two("[0,4]", "[5,9]"), 9), "'b' to begin at byte 4"));
    CHECK(contains(refusal(two("[0,4]", "[3,7]"), 8), "'b' to begin at byte 4"));
    CHECK(contains(refusal(two("[0,4]", "[0,4]"), 4), "'b' to begin at byte 4"));
    CHECK(contains(refusal(one("[1]", "[4,8]"), 8), "'a' to begin at byte 0"));
    CHECK(contains(refusal(one("[1]", "[0,4]"), 5), "found 5"));
    CHECK(contains(refusal("{}", 1), "found 1"));
  }
  SECTION("offsets that descend or lead out of the file") {
    CHECK(contains(refusal(one("[1]", "[4,0]"), 4), "ascending"));
    CHECK(contains(refusal(one("[1]", "[0,4]"), 3), "within the 3 bytes"));
    CHECK(contains(refusal(one("[1]", "[0,9223372036854775807]"), 4), "within the 4 bytes"));
    CHECK(contains(refusal(one("[1]", "[0,18446744073709551615]"), 4), "two offsets"));
  }
  SECTION("a shape that asks for other bytes than the offsets") {
    CHECK(contains(refusal(one("[2]", "[0,4]"), 4), "as far apart"));
    CHECK(contains(refusal(one("[1]", "[0,4]", R"("F64")"), 4), "as far apart"));
    CHECK(contains(refusal(one("[1]", "[0,4]", R"("F16")"), 4), "as far apart"));
    CHECK(contains(refusal(one("[4]", "[0,16]", R"("BOOL")"), 16), "as far apart"));
    // 2^32 x 2^32 is 0 in 64 bits, and 2^62 elements have 0 bytes.
    CHECK(contains(refusal(one("[4294967296,4294967296]", "[0,0]"), 0), "as far apart"));
    CHECK(contains(refusal(one("[4611686018427387904]", "[0,0]"), 0), "as far apart"));
    CHECK(contains(refusal(one("[4294967296,4294967296,0]", "[0,0]"), 0), "as far apart"));
    CHECK(contains(refusal(one("[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4), "a shape of at most 8"));
  }
  SECTION("entries of the wrong form") {
    CHECK(contains(refusal(one("[-1]", "[0,4]"), 4), "a shape"));
    CHECK(contains(refusal(one("[1.0]", "[0,4]"), 4), "a shape"));
    CHECK(contains(refusal(one("1", "[0,4]"), 4), "a shape"));
    CHECK(contains(refusal(one("[1]", "[0]"), 4), "two offsets"));
    CHECK(contains(refusal(one("[1]", "\"all\""), 4), "two offsets"));
    const std::string types =
        "a dtype of F64, F32, F16, BF16, I64, I32, I16, I8, U32, U16, U8, BOOL";
    for (const char* unknown : {R"("F8_E4M3")", R"("U64")", R"("f32")", R"("")", "4", "null"})
      CHECK(contains(refusal(one("[1]", "[0,4]", unknown), 4), types));
    CHECK(contains(refusal(R"({"a":3})", 0), "dtype, shape and data_offsets"));
    CHECK(contains(refusal(R"({"a":{"dtype":"F32","shape":[]}})", 0), "dtype, shape"));
    CHECK(contains(refusal(R"({"__metadata__":{"epoch":3}})", 0), "metadata to be text"));
    CHECK(contains(refusal(R"({"__metadata__":[]})", 0), "__metadata__ to be an object"));
  }
  SECTION("what is no file") {
    const TemporaryDirectory directory;
    CHECK_THROWS_WITH(
        io::read_safetensors(directory.path()),
        directory.path().string() + ": expected a safetensors file, found a directory");
    const fs::path absent = directory.path() / "absent";
    CHECK_THROWS_WITH(
        io::read_safetensors(absent),
        absent.string() + ": expected a safetensors file, found none: No such file or directory");
    const fs::path pipe = directory.path() / "pipe";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(
        io::read_safetensors(pipe),
        pipe.string() +
            ": expected a safetensors file, found something that is not a regular file");
  }
  SECTION("text that would spoil the message") {
    const auto unknown_type = [](const std::string& name) {
      return "{\"" + name + R"(":{"dtype":"F4","shape":[],"data_offsets":[0,4]}})";
    };
    CHECK(contains(refusal(unknown_type("a\\n\\u001b[31m\x7f"), 4), "'a\\n\\x1b[31m\\x7f'"));
    // 100 bytes of a name are told: here 99 letters and half of one that has two bytes.
    const std::string name = std::string(99, 'x') + "\xc3\xa9" + std::string(1000, 'y');
    const std::string text = refusal(unknown_type(name), 4);
    CHECK(contains(text, "'" + name.substr(0, 99) + "...' to have a dtype of F64, F32, F16"));
    CHECK(contains(text, R"(found {"data_offsets":[0,4],"dtype":"F4")"));
  }
}

TEST_CASE("what a safetensors file cannot express is refused before anything is written") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "model.safetensors";
  const auto refused = [&](const Safetensors& content, const std::string& reason) {
    CHECK_THROWS_WITH(io::write_safetensors(file, content),
                      file.string() + ": cannot be written: " + reason);
  };
  const Array one = Array::scalar(1);
  refused({{{"a", Array()}}, {}}, "tensor 'a' is undefined");
  refused({{{"__metadata__", one}}, {}}, "a tensor cannot be named __metadata__");
  refused({{{"\xff", one}}, {}}, "names and metadata have to be UTF-8");
  refused({{}, {{"key", "\xc0\xaf"}}}, "names and metadata have to be UTF-8");
  CHECK(fs::is_empty(directory.path()));
}
