#include "train/stop_request.hpp"

#include <csignal>

namespace scanline::train {
namespace {

volatile std::sig_atomic_t received = 0;

void set_handler(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // nobody's reading or writing is cut short
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void take_note(int signal) {
  received = signal;
  set_handler(SIG_DFL);
}

}  // namespace

StopRequest::StopRequest() {
  received = 0;
  set_handler(take_note);
}

StopRequest::~StopRequest() { set_handler(SIG_DFL); }

int StopRequest::signal() const { return received; }

}  // namespace scanline::train
