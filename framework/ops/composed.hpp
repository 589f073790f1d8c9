#pragma once

#include <string>

#include "scanline/framework/core/error.hpp"

namespace scanline {

/// Runs `body`, which composes the op `op` of other ops, and returns its result. If one of these
/// ops throws an Error, the name of `op` is put before its message: "mse_loss: subtract: shapes
/// (2,) and (3,) ...".
template <class Body>
auto composed(const char* op, const Body& body) {
  try {
    return body();
  } catch (const Error& error) {
    throw Error(std::string(op) + ": " + error.what());
  }
}

}  // namespace scanline
