#include "scanline/framework/io/stored_type.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace scanline::io {
namespace {

/// Converts each element with `to_element`.
template <class Stored, auto to_element>
void convert(const std::byte* from, Index count, std::byte* to) {
  using Element = decltype(to_element(Stored{}));
  for (Index i = 0; i < count; ++i, from += sizeof(Stored), to += sizeof(Element)) {
    Stored stored;
    std::memcpy(&stored, from, sizeof(stored));
    const Element element = to_element(stored);
    std::memcpy(to, &element, sizeof(element));
  }
}

template <class Stored>
std::int64_t integer(Stored stored) {
  return stored;
}

std::int64_t truth(std::uint8_t stored) { return stored != 0 ? 1 : 0; }

/// IEEE 754's binary16: a sign, 5 bits of exponent and 10 of mantissa.
float half(std::uint16_t stored) {
  constexpr std::uint32_t sign = 0x8000, infinity = 0x7c00, smallest_normal = 0x0400;
  constexpr int more_mantissa = 13;                      // bits that a float has more
  constexpr std::uint32_t more_bias = (127 - 15) << 23;  // and its larger exponents, in place
  const std::uint32_t magnitude = stored & ~sign;
  std::uint32_t bits = (magnitude << more_mantissa) + more_bias;
  if (magnitude >= infinity) bits += more_bias;
  if (magnitude < smallest_normal)  // a denormal counts multiples of 2^-24
    bits = std::bit_cast<std::uint32_t>(static_cast<float>(magnitude) * 0x1p-24F);
  return std::bit_cast<float>(bits | (stored & sign) << 16);
}

/// The upper half of a float.
float bfloat16(std::uint16_t stored) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(stored) << 16);
}

constexpr StoredType types[] = {
    {"F64", 8, DType::float64, nullptr},
    {"F32", 4, DType::float32, nullptr},
    {"F16", 2, DType::float32, convert<std::uint16_t, half>},
    {"BF16", 2, DType::float32, convert<std::uint16_t, bfloat16>},
    {"I64", 8, DType::int64, nullptr},
    {"I32", 4, DType::int64, convert<std::int32_t, integer<std::int32_t>>},
    {"I16", 2, DType::int64, convert<std::int16_t, integer<std::int16_t>>},
    {"I8", 1, DType::int64, convert<std::int8_t, integer<std::int8_t>>},
    {"U32", 4, DType::int64, convert<std::uint32_t, integer<std::uint32_t>>},
    {"U16", 2, DType::int64, convert<std::uint16_t, integer<std::uint16_t>>},
    {"U8", 1, DType::int64, convert<std::uint8_t, integer<std::uint8_t>>},
    {"BOOL", 1, DType::int64, convert<std::uint8_t, truth>},
};

}  // namespace

const StoredType* find_stored_type(const std::string& code) {
  const auto* const found = std::find_if(std::begin(types), std::end(types),
                                         [&](const StoredType& type) { return code == type.code; });
  return found == std::end(types) ? nullptr : found;
}

std::string stored_type_codes() {
  std::string codes;
  for (const StoredType& type : types)
    codes += (codes.empty() ? "" : ", ") + std::string(type.code);
  return codes;
}

}  // namespace scanline::io
