#pragma once

namespace scanline {

/// Whether ops on this thread record a graph. On unless a NoGrad says otherwise.
bool grad_enabled();

/// While one is alive, ops on this thread record nothing, and neither do those in bodies of
/// `parallel_for` that it starts: for evaluation, where nobody will ask for gradients.
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
