#include "framework/io/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <vector>

#include "framework/core/error.hpp"
#include "framework/io/atomic_file.hpp"

namespace scanline::io {
namespace {

using Json = nlohmann::ordered_json;

// The data are copied as they are.
static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

constexpr std::uint64_t longest_header = 100'000'000;
constexpr Index prefix_bytes = 8;

const char* code_of(DType dtype) {
  switch (dtype) {
    case DType::float32: return "F32";
    case DType::float64: return "F64";
    case DType::int64: return "I64";
  }
  return "";
}

/// A tensor as the header describes it.
struct Entry {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
  Index begin = 0, end = 0;  // bytes, counted from the end of the header
};

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file) {
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) fail("a safetensors file", "a directory");
    stream_.open(file, std::ios::binary);
    if (!stream_) fail("a safetensors file", "none that can be opened");
    size_ = static_cast<Index>(std::filesystem::file_size(file, error));
    if (error) fail("a regular file", error.message());
  }

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
      const Array array(entry.shape, entry.dtype);
      read_bytes(array.raw(), array.bytes());
      result.tensors.emplace(entry.name, array);
    }
    return result;
  }

 private:
  Json read_header() {
    if (size_ < prefix_bytes)
      fail("at least 8 bytes for the length of the header", fmt::format("{} bytes", size_));
    std::uint64_t length = 0;
    read_bytes(reinterpret_cast<std::byte*>(&length), prefix_bytes);
    if (length > longest_header)
      fail(fmt::format("a header of at most {} bytes", longest_header),
           fmt::format("a length of {}", length));
    const Index rest = size_ - prefix_bytes;
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
    // JSON lets a key appear twice, and parsers keep one of the two. Here it is an error, so each
    // object's keys are noted while it is being read.
    std::vector<std::set<std::string>> open_objects;
    std::string duplicate;
    const auto note_keys = [&](int, Json::parse_event_t event, Json& value) {
      if (event == Json::parse_event_t::object_start) open_objects.emplace_back();
      if (event == Json::parse_event_t::object_end) open_objects.pop_back();
      if (event == Json::parse_event_t::key &&
          !open_objects.back().insert(value.get<std::string>()).second)
        duplicate = value.get<std::string>();
      return true;
    };
    Json header;
    try {
      header = Json::parse(text, note_keys);
    } catch (const Json::exception& error) {
      fail("a header in JSON and UTF-8", error.what());
    }
    if (!duplicate.empty()) fail("each key once", fmt::format("'{}' twice", duplicate));
    return header;
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
      fail(fmt::format("tensor '{}' to have {}", name, expected), value.dump());
    };
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") ||
        !value.contains("shape") || !value.contains("data_offsets"))
      fail_entry("dtype, shape and data_offsets");
    Entry entry;
    entry.name = name;
    const Json& code = value["dtype"];
    const auto is_known = [&](DType dtype) {
      if (code == code_of(dtype)) entry.dtype = dtype;
      return code == code_of(dtype);
    };
    if (!is_known(DType::float32) && !is_known(DType::float64) && !is_known(DType::int64))
      fail_entry("the dtype F32, F64 or I64");

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
    if (!fits(entry)) fail_entry("offsets that are as far apart as its shape and dtype ask for");
    return entry;
  }

  /// Whether the shape asks for just the bytes between the offsets, without overflow on the way.
  static bool fits(const Entry& entry) {
    try {
      const Index count = entry.shape.element_count();
      return count <= INT64_MAX / size_of(entry.dtype) &&
             count * size_of(entry.dtype) == entry.end - entry.begin;
    } catch (const Error&) {  // more elements than an Index counts
      return false;
    }
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

  void read_bytes(std::byte* target, Index count) {
    stream_.read(reinterpret_cast<char*>(target), count);
    if (stream_.gcount() != count) fail("to read on", "the end of the file, or a failing disk");
  }

  static std::string quoted_start(const std::string& text) {
    std::string start;
    for (const char c : text.substr(0, 16)) start += c >= ' ' && c <= '~' ? c : '?';
    return fmt::format("'{}'", start);
  }

  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    // Whatever a file holds must not break the line.
    constexpr std::size_t longest = 300;
    std::string line = fmt::format("{}: expected {}, found {}", file_.string(), expected, found);
    std::replace(line.begin(), line.end(), '\n', ' ');
    if (line.size() > longest) line = line.substr(0, longest) + "...";
    throw Error(line);
  }

  const std::filesystem::path& file_;
  std::ifstream stream_;
  Index size_ = 0;
  Index data_bytes_ = 0;
};

}  // namespace

Safetensors read_safetensors(const std::filesystem::path& file) { return Reader(file).read(); }

void write_safetensors(const std::filesystem::path& file, const Safetensors& content) {
  using Named = std::pair<const std::string, Array>;
  std::vector<const Named*> sorted;
  for (const Named& named : content.tensors) sorted.push_back(&named);
  // By name they are sorted already, as the keys of a map.
  std::stable_sort(sorted.begin(), sorted.end(), [](const Named* a, const Named* b) {
    return size_of(a->second.dtype()) > size_of(b->second.dtype());
  });

  Json header = Json::object();
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
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();

  std::vector<std::string_view> parts{{reinterpret_cast<const char*>(&length), prefix_bytes}, text};
  for (const Named* named : sorted)
    parts.emplace_back(reinterpret_cast<const char*>(named->second.raw()),
                       static_cast<std::size_t>(named->second.bytes()));
  write_file_atomically(file, parts);
}

}  // namespace scanline::io
