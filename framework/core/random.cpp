#include "scanline/framework/core/random.hpp"

#include <Random123/philox.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace scanline {
namespace {

RandomState default_state;

constexpr std::uint32_t low_word(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high_word(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}

}  // namespace

Random::Random(std::uint64_t seed, Purpose purpose, std::uint32_t epoch, std::uint32_t item)
    : key_{low_word(seed), high_word(seed)},
      words_{item, epoch, static_cast<std::uint32_t>(purpose)} {}

Random Random::from(Index position) const {
  Random result = *this;
  const auto size = static_cast<Index>(block_.size());
  result.block_number_ = static_cast<std::uint64_t>(position / size);
  result.used_ = static_cast<unsigned>(size);
  for (Index i = 0; i < position % size; ++i) result.bits();
  return result;
}

std::array<std::uint32_t, 4> Random::next_block() {
  // Purposes are small numbers: the bits above them count the blocks beyond 2^32.
  constexpr int purpose_bits = 8;
  const r123::Philox4x32::ctr_type counter{
      {low_word(block_number_), words_[0], words_[1],
       words_[2] + (high_word(block_number_) << purpose_bits)}};
  const r123::Philox4x32::key_type key{{key_[0], key_[1]}};
  const r123::Philox4x32::ctr_type block = r123::Philox4x32{}(counter, key);
  ++block_number_;
  return {block[0], block[1], block[2], block[3]};
}

std::uint32_t Random::bits() {
  if (used_ == block_.size()) {
    block_ = next_block();
    used_ = 0;
  }
  return block_[used_++];
}

void Random::fill_bits(std::uint32_t* to, Index count) {
  const auto size = static_cast<Index>(block_.size());
  for (; count > 0 && used_ < block_.size(); --count) *to++ = bits();
  for (; count >= size; count -= size, to += size) {
    const auto block = next_block();
    std::copy(block.begin(), block.end(), to);
  }
  for (; count > 0; --count) *to++ = bits();
}

double Random::uniform() { return static_cast<double>(bits() >> 8) * 0x1p-24; }

double Random::normal() {
  // 1 - u lies in (0, 1], where the logarithm is finite.
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

Index Random::below(Index n) {
  // Lemire, "Fast random integer generation in an interval", 2019: the high word of bits * n is
  // uniform once the few products whose low word would favour small results are thrown back.
  const auto range = static_cast<std::uint64_t>(n);
  const std::uint64_t surplus = (std::uint64_t{1} << 32) % range;
  std::uint64_t product = 0;
  do {
    product = bits() * range;
  } while (low_word(product) < surplus);
  return static_cast<Index>(product >> 32);
}

void set_default_random_state(RandomState state) { default_state = state; }

RandomState default_random_state() { return default_state; }

Random next_default_random() {
  const std::uint64_t draw = default_state.draws++;
  return Random(default_state.seed, Purpose::model, high_word(draw), low_word(draw));
}

}  // namespace scanline
