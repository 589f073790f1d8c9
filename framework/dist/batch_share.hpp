#pragma once

#include "scanline/framework/core/shape.hpp"
#include "scanline/framework/dist/communicator.hpp"

namespace scanline::dist {

/// The rows of a batch that a forward pass computes, where several ranks compute a batch together,
/// or one process computes it in pieces.
struct BatchShare {
  Index first = 0;                      ///< The first row.
  Index rows = 0;                       ///< The number of rows.
  Index total = 0;                      ///< The rows of the whole batch.
  const Communicator* ranks = nullptr;  ///< Those that compute the other rows at the same time;
                                        ///< null where that happens earlier or later.

  /// Whether these are all rows of the batch.
  bool is_whole() const { return rows == total; }
};

/// The share that the forward passes of the process compute at present: the whole batch unless
/// there is a BatchScope. Dropout then draws its part of the mask of the whole batch, and
/// BatchNorm1d uses the statistics of the whole batch.
const BatchShare& present_share();

/// Makes a share the present one while it exists.
class BatchScope {
 public:
  /// `share` becomes the present one.
  explicit BatchScope(const BatchShare& share);
  /// The share from before becomes the present one again.
  ~BatchScope();
  BatchScope(const BatchScope&) = delete;
  BatchScope& operator=(const BatchScope&) = delete;

 private:
  BatchShare before_;
};

}  // namespace scanline::dist
