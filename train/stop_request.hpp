#pragma once

namespace scanline::train {

/// Records SIGINT, SIGTERM and SIGHUP while it exists, so that a run can save a checkpoint and end.
/// A second signal ends the process at once, but not where it is one of several ranks, whose
/// signals are only recorded from then on. A signal that was ignored when the process was started,
/// such as SIGHUP under `nohup`, stays ignored. From its construction on SIGPIPE is ignored too,
/// since a run must not end when nobody reads its log. There can be only one StopRequest at a time.
class StopRequest {
 public:
  StopRequest();
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  /// The signal that was received, or 0.
  int signal() const;
  /// Its name, such as "SIGINT".
  const char* name() const { return name_of(signal()); }
  /// The name of one of these signals; empty for others.
  static const char* name_of(int signal);
  /// Whether a StopRequest has received a signal.
  static bool was_received();
};

}  // namespace scanline::train
