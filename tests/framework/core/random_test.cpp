#include "scanline/framework/core/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "tests/catch.hpp"

using namespace scanline;

namespace {

using Words4 = std::array<std::uint32_t, 4>;
using Words2 = std::array<std::uint32_t, 2>;

/// Philox4x32-10 as the paper writes it, without a library.
Words4 philox(Words4 counter, Words2 key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * counter[2];
    const auto high = [](std::uint64_t p) { return static_cast<std::uint32_t>(p >> 32); };
    const auto low = [](std::uint64_t p) { return static_cast<std::uint32_t>(p); };
    counter = {high(p1) ^ counter[1] ^ key[0], low(p1), high(p0) ^ counter[3] ^ key[1], low(p0)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

Words4 next_block(Random& random) {
  Words4 block{};
  for (std::uint32_t& word : block) word = random.bits();
  return block;
}

std::vector<double> draw(int count, double (*next)(Random&), std::uint32_t item) {
  Random random(5, Purpose::augment, 2, item);
  std::vector<double> result;
  for (int i = 0; i < count; ++i) result.push_back(next(random));
  return result;
}

double mean_of(const std::vector<double>& values, double power) {
  double sum = 0;
  for (const double value : values) sum += std::pow(value, power);
  return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("the generator is Philox4x32-10") {
  // The known answers of Random123's kat_vectors.
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Words4{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, {ones, ones}) ==
        Words4{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words4{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

  Random zero(0, Purpose::model);
  CHECK(next_block(zero) == Words4{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  // The seed is the key; the counter holds the block's number, item, epoch and purpose.
  const std::uint64_t seed = 0x299f31d0'a4093822;
  Random random(seed, Purpose::augment, 0x13198a2e, 0x85a308d3);
  for (std::uint32_t block = 0; block < 5; ++block)
    CHECK(next_block(random) ==
          philox({block, 0x85a308d3, 0x13198a2e, 3}, {0xa4093822, 0x299f31d0}));
}

TEST_CASE("streams depend on their key alone, and on all of it") {
  const auto first = [](Random random) { return next_block(random); };
  const Words4 one = first(Random(1, Purpose::shuffle, 2, 3));
  CHECK(first(Random(1, Purpose::shuffle, 2, 3)) == one);
  CHECK(first(Random(2, Purpose::shuffle, 2, 3)) != one);
  CHECK(first(Random(1 + (std::uint64_t{1} << 32), Purpose::shuffle, 2, 3)) != one);
  CHECK(first(Random(1, Purpose::augment, 2, 3)) != one);
  CHECK(first(Random(1, Purpose::shuffle, 3, 3)) != one);
  CHECK(first(Random(1, Purpose::shuffle, 2, 4)) != one);
  CHECK(first(Random(1, Purpose::shuffle, 3, 2)) != one);

  // Streams of neighbouring keys are uncorrelated: 5 standard errors of 1 / sqrt(count).
  constexpr int count = 20'000;
  const auto uniform = [](Random& r) { return r.uniform() - 0.5; };
  const std::vector<double> a = draw(count, uniform, 7), b = draw(count, uniform, 8);
  const double correlation = 12 * std::inner_product(a.begin(), a.end(), b.begin(), 0.0) / count;
  CHECK(std::abs(correlation) < 5 / std::sqrt(count));
}

TEST_CASE("a stream can be entered anywhere") {
  const Random stream(3, Purpose::model, 1, 2);
  Random in_order = stream;
  for (std::uint32_t position = 0; position < 20; ++position) {
    Random entered = stream.from(position);
    CHECK(entered.bits() == in_order.bits());
  }
}

TEST_CASE("a stream goes on beyond 2^32 numbers and 2^32 blocks without repeating itself") {
  const Random stream(3, Purpose::model, 1, 2);
  Random beginning = stream;
  const Words4 first = next_block(beginning);
  for (const Index end : {Index{1} << 32, Index{1} << 34, Index{1} << 36}) {
    INFO(end);
    Random in_order = stream.from(end - 4), entered = stream.from(end);
    CHECK(next_block(in_order) != first);
    const Words4 next = next_block(in_order);
    CHECK(next != first);
    CHECK(next_block(entered) == next);
    // Nor do they repeat another purpose's.
    for (const Purpose other :
         {Purpose::shuffle, Purpose::validation_split, Purpose::augment, Purpose::user}) {
      Random neighbour(3, other, 1, 2);
      CHECK(next_block(neighbour) != next);
    }
  }
}

TEST_CASE("many bits at once are those that come one by one") {
  for (const int before : {0, 1, 4, 6})
    for (const Index count : {0, 1, 2, 5, 8, 13}) {
      Random one_by_one(3, Purpose::model, 1, 2), at_once = one_by_one;
      for (int i = 0; i < before; ++i) CHECK(at_once.bits() == one_by_one.bits());
      std::vector<std::uint32_t> found(static_cast<std::size_t>(count));
      at_once.fill_bits(found.data(), count);
      for (const std::uint32_t bits : found) CHECK(bits == one_by_one.bits());
      CHECK(at_once.bits() == one_by_one.bits());
    }
}

TEST_CASE("uniform numbers fill the interval from 0 to 1 evenly, in steps of 2^-24") {
  constexpr int count = 200'000;
  const auto u = draw(
      count, [](Random& r) { return r.uniform(); }, 1);
  CHECK(*std::min_element(u.begin(), u.end()) >= 0);
  CHECK(*std::max_element(u.begin(), u.end()) < 1);
  CHECK(std::all_of(u.begin(), u.end(), [](double v) {
    return static_cast<double>(static_cast<float>(v)) == v && std::fmod(v * 0x1p24, 1) == 0;
  }));
  CHECK(mean_of(u, 1) == Approx(0.5).margin(0.004));
  CHECK(mean_of(u, 2) == Approx(1.0 / 3).margin(0.004));
  for (int tenth = 0; tenth < 10; ++tenth) {
    const auto inside = std::count_if(
        u.begin(), u.end(), [&](double v) { return v * 10 >= tenth && v * 10 < tenth + 1; });
    CHECK(static_cast<double>(inside) / count == Approx(0.1).margin(0.004));
  }
  const auto stretched = draw(
      1000, [](Random& r) { return r.uniform(-3, 5); }, 1);
  for (std::size_t i = 0; i < stretched.size(); ++i) CHECK(stretched[i] == Approx(8 * u[i] - 3));
}

TEST_CASE("normal numbers have the moments of the normal distribution") {
  const auto z = draw(
      200'000, [](Random& r) { return r.normal(); }, 2);
  CHECK(mean_of(z, 1) == Approx(0).margin(0.012));
  CHECK(mean_of(z, 2) == Approx(1).margin(0.016));
  CHECK(mean_of(z, 3) == Approx(0).margin(0.045));
  CHECK(mean_of(z, 4) == Approx(3).margin(0.11));
  const auto beyond = std::count_if(z.begin(), z.end(), [](double v) { return v > 1.959964; });
  CHECK(static_cast<double>(beyond) / 200'000 == Approx(0.025).margin(0.002));
}

TEST_CASE("below stays below, and reaches every number equally often") {
  Random random(9, Purpose::augment);
  for (const Index n : {1, 2, 3, 7, 10}) {
    std::vector<int> seen(static_cast<std::size_t>(n));
    for (int i = 0; i < 7000; ++i) {
      const Index drawn = random.below(n);
      REQUIRE(drawn >= 0);
      REQUIRE(drawn < n);
      ++seen[static_cast<std::size_t>(drawn)];
    }
    for (const int times : seen)
      CHECK(times == Approx(7000.0 / static_cast<double>(n)).margin(250));
  }
  // Three halves of 2^31: without rejection, even numbers modulo 3 would come twice as often.
  const Index large = Index{3} << 30;
  std::array<int, 3> seen{};
  for (int i = 0; i < 30'000; ++i) ++seen[static_cast<std::size_t>(random.below(large) % 3)];
  for (const int times : seen) CHECK(times == Approx(10'000).margin(450));
  bool above = false;
  for (int i = 0; i < 100; ++i) above |= random.below(Index{1} << 32) >= Index{1} << 31;
  CHECK(above);
}

TEST_CASE("a shuffle keeps all elements and depends on the stream") {
  std::vector<int> values(100), other(100);
  std::iota(values.begin(), values.end(), 0);
  other = values;
  const std::vector<int> sorted = values;
  Random(1, Purpose::shuffle).shuffle(values.data(), 100);
  Random(1, Purpose::shuffle, 1).shuffle(other.data(), 100);
  CHECK(values != sorted);
  CHECK(values != other);
  CHECK(std::is_permutation(values.begin(), values.end(), sorted.begin()));
  // Each of the six orders of three elements comes equally often.
  std::vector<int> seen(27);
  for (std::uint32_t i = 0; i < 6000; ++i) {
    std::array<std::size_t, 3> order{0, 1, 2};
    Random(1, Purpose::shuffle, 2, i).shuffle(order.data(), 3);
    ++seen[order[0] * 9 + order[1] * 3 + order[2]];
  }
  for (const std::size_t order : {5U, 7U, 11U, 15U, 19U, 21U})
    CHECK(seen[order] == Approx(1000).margin(150));
  Random(1, Purpose::shuffle).shuffle(values.data(), 0);
}

TEST_CASE("each use of the random default takes a stream of its own, and can be resumed") {
  const RandomState before = default_random_state();
  set_default_random_state({42, 0});
  const std::uint32_t a = next_default_random().bits(), b = next_default_random().bits();
  CHECK(a != b);
  CHECK(default_random_state().seed == 42);
  CHECK(default_random_state().draws == 2);
  set_default_random_state({42, 1});
  CHECK(next_default_random().bits() == b);
  // The count of draws goes on beyond 32 bits.
  set_default_random_state({42, std::uint64_t{1} << 32});
  CHECK(next_default_random().bits() != a);
  CHECK(default_random_state().draws == (std::uint64_t{1} << 32) + 1);
  set_default_random_state(before);
}

// Models and runs on disk depend on these numbers: a change of any of them is a change of format.
TEST_CASE("the numbers stay what they are") {
  Random random(1, Purpose::shuffle, 2, 3);
  CHECK(random.bits() == 0xf4b84667);
  CHECK(random.uniform() == 0x1.98ef8cp-2);
  CHECK(random.normal() == Approx(-1.1287362466565733).epsilon(1e-14));
  CHECK(random.below(1'000'000) == 638234);
}
