#pragma once

#include <cstddef>
#include <span>

namespace scanline::dist {

/// The connection of a rank with the others, over which the collectives run.
class Link {
 public:
  virtual ~Link() = default;
  /// The number of this rank.
  virtual int rank() const = 0;
  /// The number of ranks.
  virtual int size() const = 0;
  /// Sends bytes to rank `to` and receives as many as `in` has from rank `from`; returns when both
  /// are done. Either part may be empty, and is then left out.
  /// @throws RankFailure when a rank has failed.
  virtual void exchange(std::span<const std::byte> out, int to, std::span<std::byte> in,
                        int from) = 0;
};

}  // namespace scanline::dist
