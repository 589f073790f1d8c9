#include "scanline/framework/io/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/input_file.hpp"
#include "scanline/framework/core/printable.hpp"
#include "scanline/framework/io/atomic_file.hpp"
#include "scanline/framework/io/stored_type.hpp"

namespace scanline::io {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// The data are copied as they are.
static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

constexpr std::uint64_t longest_header = 100'000'000;
constexpr Index prefix_bytes = 8;
constexpr const char* json_expected = "a header in JSON and UTF-8";

const char* code_of(DType dtype) {
  switch (dtype) {
    case DType::float32: return "F32";
    case DType::float64: return "F64";
    case DType::int64: return "I64";
  }
  return "";
}

/// A first look at a header, for what the parser would let pass. JSON allows a key to appear twice,
/// and parsers keep one of the two; and a value nested deeply enough overflows the stack of whoever
/// recurses into it, be it only to quote it.
class HeaderCheck : public nlohmann::json_sax<Json> {
 public:
  /// Why the look was stopped.
  std::string expected, found;

  bool start_object(std::size_t) override {
    keys_.emplace_back();
    return deeper();
  }
  bool end_object() override {
    keys_.pop_back();
    --depth_;
    return true;
  }
  bool key(std::string& name) override {
    return keys_.back().insert(name).second || stop("each key once", "'" + name + "' twice");
  }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) override {
    return stop(json_expected, error.what());
  }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_unsigned(std::uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Json::binary_t&) override { return true; }

 private:
  bool deeper() {
    // The list of extents, in a tensor's object, in the header.
    return ++depth_ <= 3 || stop("tensors with a shape of numbers", "deeper nesting");
  }
  bool stop(const std::string& what_was_expected, const std::string& what_was_found) {
    expected = what_was_expected;
    found = what_was_found;
    return false;
  }

  std::vector<std::set<std::string>> keys_;  // of each object that is open
  int depth_ = 0;
};

/// A tensor as the header describes it.
struct Entry {
  std::string name;
  const StoredType* type = nullptr;
  Shape shape;
  Index begin = 0, end = 0;  // bytes, counted from the end of the header
};

class Reader {
 public:
  explicit Reader(const fs::path& file) : file_(file, "a safetensors file") {}

  Safetensors read() {
    const Json header = read_header();
    Safetensors result;
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
      if (name == "__metadata__")
        result.metadata = parse_metadata(value);
      else
        entries.push_back(parse_entry(name, value));
    }
    check_layout(entries);
    for (const Entry& entry : entries) {
      const Array array(entry.shape, entry.type->dtype);
      read_elements(*entry.type, array);
      result.tensors.emplace(entry.name, array);
    }
    return result;
  }

 private:
  Json read_header() {
    if (file_.size() < prefix_bytes)
      fail("at least 8 bytes for the length of the header", fmt::format("{} bytes", file_.size()));
    std::uint64_t length = 0;
    read_bytes(reinterpret_cast<std::byte*>(&length), prefix_bytes);
    if (length > longest_header)
      fail(fmt::format("a header of at most {} bytes", longest_header),
           fmt::format("a length of {}", length));
    const Index rest = file_.size() - prefix_bytes;
    if (static_cast<Index>(length) > rest)
      fail(fmt::format("a header within the {} bytes that follow its length", rest),
           fmt::format("a length of {}", length));
    data_bytes_ = rest - static_cast<Index>(length);
    std::string text(length, '\0');
    read_bytes(reinterpret_cast<std::byte*>(text.data()), static_cast<Index>(length));
    if (text.empty() || text[0] != '{') fail("a header that begins with '{'", quoted_start(text));
    return parse_header(text);
  }

  Json parse_header(const std::string& text) const {
    // The parser would take a zero byte for the end of the text, and skip what follows.
    if (text.find('\0') != std::string::npos) fail(json_expected, "a zero byte");
    HeaderCheck check;
    if (!Json::sax_parse(text, &check)) fail(check.expected, check.found);
    return Json::parse(text);
  }

  std::map<std::string, std::string> parse_metadata(const Json& value) const {
    if (!value.is_object()) fail("__metadata__ to be an object", value.dump());
    std::map<std::string, std::string> result;
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) fail("metadata to be text", fmt::format("'{}': {}", key, text.dump()));
      result.emplace(key, text.get<std::string>());
    }
    return result;
  }

  Entry parse_entry(const std::string& name, const Json& value) const {
    const auto fail_entry = [&](const std::string& expected) {
      // Short enough to leave room for what is expected of it.
      fail(fmt::format("tensor '{}' to have {}", printable(name, 100), expected), value.dump());
    };
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") ||
        !value.contains("shape") || !value.contains("data_offsets"))
      fail_entry("dtype, shape and data_offsets");
    Entry entry;
    entry.name = name;
    const Json& code = value["dtype"];
    if (code.is_string()) entry.type = find_stored_type(code.get<std::string>());
    if (entry.type == nullptr) fail_entry(fmt::format("a dtype of {}", stored_type_codes()));

    // Unsigned numbers that fit into an Index; JSON would also allow -1, 1.5 and 1e300.
    const auto is_count = [](const Json& number) {
      return number.is_number_unsigned() &&
             number.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX);
    };
    const auto are_counts = [&](const Json& list) {
      return list.is_array() && std::all_of(list.begin(), list.end(), is_count);
    };
    const Json& shape = value["shape"];
    if (!are_counts(shape) || static_cast<Index>(shape.size()) > Shape::max_rank)
      fail_entry(fmt::format("a shape of at most {} counts", Shape::max_rank));
    for (const Json& extent : shape) entry.shape.push_back(extent.get<Index>());
    const Json& offsets = value["data_offsets"];
    if (!are_counts(offsets) || offsets.size() != 2) fail_entry("two offsets");
    entry.begin = offsets[0].get<Index>();
    entry.end = offsets[1].get<Index>();
    if (entry.end < entry.begin || entry.end > data_bytes_)
      fail_entry(fmt::format("ascending offsets within the {} bytes of data", data_bytes_));
    if (!fits(entry)) fail_entry("offsets that are as far apart as its shape and dtype require");
    return entry;
  }

  /// Whether the shape asks for just the bytes between the offsets, without overflow on the way,
  /// not even where an extent of 0 comes after it.
  static bool fits(const Entry& entry) {
    Index bytes = 1;
    for (const Index extent : entry.shape)
      if (__builtin_mul_overflow(bytes, extent, &bytes)) return false;
    return !__builtin_mul_overflow(bytes, entry.type->bytes, &bytes) &&
           bytes == entry.end - entry.begin;
  }

  /// Sorts by place in the file; the tensors have to cover the data without gap or overlap.
  void check_layout(std::vector<Entry>& entries) const {
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
    });
    Index covered = 0;
    for (const Entry& entry : entries) {
      if (entry.begin != covered)
        fail(fmt::format("tensor '{}' to begin at byte {}, where the one before it ends",
                         entry.name, covered),
             fmt::format("byte {}", entry.begin));
      covered = entry.end;
    }
    if (covered != data_bytes_)
      fail(fmt::format("{} bytes of data, as the tensors have", covered),
           fmt::format("{}", data_bytes_));
  }

  void read_elements(const StoredType& type, const Array& array) {
    if (type.convert == nullptr) return read_bytes(array.raw(), array.bytes());
    constexpr Index at_once = 4096;
    std::array<std::byte, at_once * sizeof(std::int32_t)>
        stored;  // none that is converted is larger
    for (Index i = 0; i < array.size(); i += at_once) {
      const Index count = std::min(at_once, array.size() - i);
      read_bytes(stored.data(), count * type.bytes);
      type.convert(stored.data(), count, array.raw() + i * size_of(array.dtype()));
    }
  }

  void read_bytes(std::byte* target, Index count) {
    const std::span<std::byte> bytes(target, static_cast<std::size_t>(count));
    if (file_.read(bytes) < bytes.size())
      fail("the file to keep its size while it is read", "its end");
  }

  static std::string quoted_start(const std::string& text) {
    std::string start;
    for (const char c : text.substr(0, 16)) start += c >= ' ' && c <= '~' ? c : '?';
    return fmt::format("'{}'", start);
  }

  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    file_.fail(expected, found);
  }

  InputFile file_;
  Index data_bytes_ = 0;
};

}  // namespace

Safetensors read_safetensors(const fs::path& file) { return Reader(file).read(); }

void write_safetensors(const fs::path& file, const Safetensors& content) {
  const auto fail = [&](const std::string& reason) {
    throw Error(fmt::format("{}: cannot be written: {}", file.string(), reason));
  };
  using Named = std::pair<const std::string, Array>;
  std::vector<const Named*> sorted;
  for (const Named& named : content.tensors) {
    if (named.first == "__metadata__") fail("a tensor cannot be named __metadata__");
    if (!named.second.defined()) fail(fmt::format("tensor '{}' is undefined", named.first));
    sorted.push_back(&named);
  }
  // By name they are sorted already, as the keys of a map.
  std::stable_sort(sorted.begin(), sorted.end(), [](const Named* a, const Named* b) {
    return size_of(a->second.dtype()) > size_of(b->second.dtype());
  });

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  Index offset = 0;
  for (const Named* named : sorted) {
    const Array& array = named->second;
    header[named->first] = {
        {"dtype", code_of(array.dtype())},
        {"shape", std::vector<Index>(array.shape().begin(), array.shape().end())},
        {"data_offsets", {offset, offset + array.bytes()}}};
    offset += array.bytes();
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::ordered_json::exception&) {
    fail("names and metadata have to be UTF-8");
  }
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();

  std::vector<std::string_view> parts{{reinterpret_cast<const char*>(&length), prefix_bytes}, text};
  for (const Named* named : sorted)
    parts.emplace_back(reinterpret_cast<const char*>(named->second.raw()),
                       static_cast<std::size_t>(named->second.bytes()));
  write_file_atomically(file, parts);
}

}  // namespace scanline::io
