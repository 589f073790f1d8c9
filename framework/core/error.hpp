#pragma once

#include <stdexcept>

namespace scanline {

/// Every failure that a caller or a user can cause: a shape that does not fit, a file that cannot
/// be read, a value out of range. `what()` is one line that says where, what was expected and what
/// was found; the command line prints it as it is.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace scanline
