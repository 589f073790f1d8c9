#include "scanline/datasets/detail/number_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "scanline/framework/core/error.hpp"

namespace scanline::datasets {
namespace {

constexpr std::size_t block_size = 1 << 13;  // elements

template <class Number>
void decode_as(std::span<const std::uint8_t> bytes, bool is_big_endian, std::span<double> values) {
  const bool is_swapped = is_big_endian != (std::endian::native == std::endian::big);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::array<std::uint8_t, sizeof(Number)> element{};
    std::copy_n(bytes.data() + i * element.size(), element.size(), element.data());
    if (is_swapped) std::reverse(element.begin(), element.end());
    values[i] = static_cast<double>(std::bit_cast<Number>(element));
  }
}

void decode(const ElementType& type, std::span<const std::uint8_t> bytes,
            std::span<double> values) {
  using Kind = ElementType::Kind;
  const bool big = type.is_big_endian, is_signed = type.kind == Kind::signed_integer;
  if (type.kind == Kind::real)
    return type.size == 4 ? decode_as<float>(bytes, big, values)
                          : decode_as<double>(bytes, big, values);
  switch (type.size) {
    case 1:
      return is_signed ? decode_as<std::int8_t>(bytes, big, values)
                       : decode_as<std::uint8_t>(bytes, big, values);
    case 2:
      return is_signed ? decode_as<std::int16_t>(bytes, big, values)
                       : decode_as<std::uint16_t>(bytes, big, values);
    case 4:
      return is_signed ? decode_as<std::int32_t>(bytes, big, values)
                       : decode_as<std::uint32_t>(bytes, big, values);
    default:
      return is_signed ? decode_as<std::int64_t>(bytes, big, values)
                       : decode_as<std::uint64_t>(bytes, big, values);
  }
}

void read_all(ByteStream& stream, std::span<std::uint8_t> target) {
  if (stream.read(target) < target.size())
    stream.fail("the same file twice", "one that changes while it is read");
}

}  // namespace

void check_length(const NumberFile& file) {
  const std::unique_ptr<ByteStream> stream = file.open();
  const Index bytes = file.count * static_cast<Index>(file.type.size);
  std::vector<std::uint8_t> buffer(1 << 16);
  Index found = 0;
  // One byte too many is enough to know.
  while (found <= bytes) {
    const std::size_t got = stream->read(buffer);
    found += static_cast<Index>(got);
    if (got < buffer.size()) break;
  }
  const std::string expected = fmt::format("{} bytes after the header, as the header says", bytes);
  if (found < bytes) stream->fail(expected, fmt::format("{}", found));
  if (found > bytes) stream->fail(expected, "more");
}

std::vector<std::uint8_t> read_bytes(const NumberFile& file) {
  const std::unique_ptr<ByteStream> stream = file.open();
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(file.count) * file.type.size);
  read_all(*stream, bytes);
  return bytes;
}

void for_each_block(const NumberFile& file,
                    const std::function<void(Index first, std::span<const double> block)>& use) {
  const std::unique_ptr<ByteStream> stream = file.open();
  std::vector<std::uint8_t> bytes(block_size * file.type.size);
  std::vector<double> values(block_size);
  for (Index first = 0; first < file.count; first += static_cast<Index>(block_size)) {
    const auto count = std::min(block_size, static_cast<std::size_t>(file.count - first));
    const std::span block = std::span(bytes).first(count * file.type.size);
    read_all(*stream, block);
    decode(file.type, block, std::span(values).first(count));
    use(first, std::span<const double>(values).first(count));
  }
}

}  // namespace scanline::datasets
