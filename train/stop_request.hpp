#pragma once

namespace scanline::train {

/// Takes note of SIGINT and SIGTERM while it lives, so that a run can end in good order. A second
/// signal ends the process at once, as the first would without this. There can be one at a time.
class StopRequest {
 public:
  StopRequest();
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  /// The signal that came, or 0.
  int signal() const;
};

}  // namespace scanline::train
