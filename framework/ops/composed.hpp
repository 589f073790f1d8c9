#pragma once

#include <string>

#include "scanline/framework/core/error.hpp"

namespace scanline {

/// What `body` returns, which composes the op `op` of others. An Error that one of these throws is
/// given the name that the caller knows: "mse_loss: subtract: shapes (2,) and (3,) ...".
template <class Body>
auto composed(const char* op, const Body& body) {
  try {
    return body();
  } catch (const Error& error) {
    throw Error(std::string(op) + ": " + error.what());
  }
}

}  // namespace scanline
