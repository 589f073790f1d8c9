#pragma once

namespace scanline {

/// Whether ops on this thread record a graph. They do unless a NoGrad is alive.
bool grad_enabled();

/// While a NoGrad is alive, ops on this thread record no graph, and neither do ops in bodies of
/// `parallel_for` that this thread starts. Use it for evaluation.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool was_enabled_;
};

}  // namespace scanline
