#include "scanline/framework/dist/detail/collectives.hpp"

#include <bit>
#include <vector>

namespace scanline::dist {
namespace {

/// Lists of at most so many bytes are exchanged whole, since the latency of messages dominates.
constexpr std::size_t short_list = 16 << 10;

template <class T>
void add(std::span<T> to, std::span<const T> from) {
  T* own = to.data();
  const T* other = from.data();
  for (std::size_t i = 0; i < to.size(); ++i) own[i] += other[i];
}

/// The ranks that take part when their number is a power of two, under numbers of their own: of
/// the first pairs only the even rank.
struct Participants {
  explicit Participants(int size)
      : count(static_cast<int>(std::bit_floor(static_cast<unsigned>(size)))), pairs(size - count) {}

  int number(int rank) const { return rank < 2 * pairs ? rank / 2 : rank - pairs; }
  int rank(int number) const { return number < pairs ? 2 * number : number + pairs; }

  int count;
  int pairs;
};

/// Every two partners exchange all they have; their sums are equal, since addition commutes.
template <class T>
void double_recursively(Link& link, const Participants& all, std::span<T> values) {
  std::vector<T> received(values.size());
  const int own = all.number(link.rank());
  for (int distance = 1; distance < all.count; distance *= 2) {
    const int partner = all.rank(own ^ distance);
    link.exchange(std::as_bytes(values), partner, std::as_writable_bytes(std::span(received)),
                  partner);
    add(values, std::span<const T>(received));
  }
}

/// Each rank ends up with the sums of one part, which are then gathered on the way back.
template <class T>
void halve_recursively(Link& link, const Participants& all, std::span<T> values) {
  std::vector<T> received((values.size() + 1) / 2);
  std::vector<std::span<T>> parts{values};  // the present one is the last
  const int own = all.number(link.rank());
  const auto halves = [](std::span<T> part, bool is_upper) {
    const std::span<T> low = part.first(part.size() / 2), high = part.subspan(part.size() / 2);
    return is_upper ? std::pair(high, low) : std::pair(low, high);
  };
  for (int distance = 1; distance < all.count; distance *= 2) {
    const int partner = all.rank(own ^ distance);
    const auto [kept, given] = halves(parts.back(), (own & distance) != 0);
    const std::span<T> other = std::span(received).first(kept.size());
    link.exchange(std::as_bytes(given), partner, std::as_writable_bytes(other), partner);
    add(kept, std::span<const T>(other));
    parts.push_back(kept);
  }
  for (int distance = all.count / 2; distance > 0; distance /= 2) {
    parts.pop_back();
    const int partner = all.rank(own ^ distance);
    const auto [kept, given] = halves(parts.back(), (own & distance) != 0);
    link.exchange(std::as_bytes(kept), partner, std::as_writable_bytes(given), partner);
  }
}

}  // namespace

template <class T>
void sum(Link& link, std::span<T> values) {
  const Participants all(link.size());
  const int rank = link.rank();
  const bool is_paired = rank < 2 * all.pairs, stands_by = is_paired && rank % 2 == 1;
  if (stands_by) {  // the partner adds for both
    link.exchange(std::as_bytes(values), rank - 1, {}, 0);
    link.exchange({}, 0, std::as_writable_bytes(values), rank - 1);
    return;
  }
  if (is_paired) {
    std::vector<T> received(values.size());
    link.exchange({}, 0, std::as_writable_bytes(std::span(received)), rank + 1);
    add(values, std::span<const T>(received));
  }
  if (values.size_bytes() <= short_list || values.size() < static_cast<std::size_t>(all.count))
    double_recursively(link, all, values);
  else
    halve_recursively(link, all, values);
  if (is_paired) link.exchange(std::as_bytes(values), rank + 1, {}, 0);
}

template void sum(Link& link, std::span<float> values);
template void sum(Link& link, std::span<double> values);

void broadcast(Link& link, std::span<std::byte> bytes, int root) {
  const int size = link.size(), own = (link.rank() - root + size) % size;  // counted from the root
  int distance = 1;
  for (; distance < size; distance *= 2)
    if ((own & distance) != 0) {
      link.exchange({}, 0, bytes, (own - distance + root) % size);
      break;
    }
  for (distance /= 2; distance > 0; distance /= 2)
    if (own + distance < size) link.exchange(bytes, (own + distance + root) % size, {}, 0);
}

}  // namespace scanline::dist
