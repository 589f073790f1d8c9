#pragma once

#include <array>

namespace scanline::dist {

/// A message besides the data.
struct Control {
  enum class Kind { ping, pong, failed };

  Kind kind = Kind::ping;
  int rank = 0;          // that failed
  long long posted = 0;  // what the sender has posted so far
  std::array<char, 1000> text{};
};

}  // namespace scanline::dist
