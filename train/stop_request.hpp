#pragma once

namespace scanline::train {

/// Takes note of SIGINT, SIGTERM and SIGHUP while it lives, so that a run can save a checkpoint and
/// end. A second signal ends the process at once, as the first would without this. A signal that
/// the process was started to ignore, as `nohup` does with SIGHUP, stays ignored. From then on
/// SIGPIPE is ignored too: a log that nobody reads any more must not end a run. There can be one
/// StopRequest at a time.
class StopRequest {
 public:
  StopRequest();
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  /// The signal that came, or 0.
  int signal() const;
  /// Its name, such as "SIGINT".
  const char* name() const;
};

}  // namespace scanline::train
