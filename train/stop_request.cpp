#include "scanline/train/stop_request.hpp"

#include <array>
#include <csignal>

#include "scanline/framework/dist/detail/engine.hpp"

namespace scanline::train {
namespace {

struct Signal {
  int number;
  const char* name;
};
constexpr std::array<Signal, 3> signals{
    {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}}};

volatile std::sig_atomic_t received = 0;

/// Has `handler` called for each of the signals, but for those that are ignored.
void set_handler(void (*handler)(int)) {
  for (const Signal& signal : signals) {
    struct sigaction action {};
    sigaction(signal.number, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;  // nobody's reading or writing is cut short
    sigaction(signal.number, &action, nullptr);
  }
}

void take_note(int signal) {
  received = signal;
  set_handler(SIG_DFL);
}

/// Of several ranks: mpirun sends SIGTERM more than once before it kills them.
void take_note_only(int signal) { received = signal; }

}  // namespace

StopRequest::StopRequest() {
  received = 0;
  set_handler(dist::was_started_with_others() ? take_note_only : take_note);
  std::signal(SIGPIPE, SIG_IGN);
}

StopRequest::~StopRequest() {
  // If one of several ranks died of the signal, mpirun would not wait any longer for the one that
  // tells the user why the run ended.
  if (!dist::was_started_with_others()) set_handler(SIG_DFL);
}

int StopRequest::signal() const { return received; }

bool StopRequest::was_received() { return received != 0; }

const char* StopRequest::name_of(int number) {
  for (const Signal& signal : signals)
    if (signal.number == number) return signal.name;
  return "";
}

}  // namespace scanline::train
