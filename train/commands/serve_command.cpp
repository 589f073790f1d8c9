#include "scanline/train/commands/serve_command.hpp"

#include "scanline/framework/core/error.hpp"

#ifdef SCANLINE_WEB
#include <fmt/format.h>

#include <chrono>
#include <future>
#include <system_error>

#include "scanline/train/standard_streams.hpp"
#include "scanline/train/stop_request.hpp"
#include "scanline/train/web/detail/web_server.hpp"
#endif

namespace scanline::train {

void ServeCommand::declare(Fields& fields) {
  fields.add_positional("PATH", options_.path, "Model file, run directory or folder of runs")
      .is_optional = true;
  fields
      .add("host", options_.host,
           "Name or address to listen on; 0.0.0.0: all addresses of this machine")
      .placeholder = "HOST";
  fields.add("port", options_.port, {0, 65535}, "Port to listen on; 0: any free one");
}

#ifdef SCANLINE_WEB

int ServeCommand::run() {
  // From here on a signal ends the server in order.
  const StopRequest stop;
  WebServer server(options_.path, options_.host, options_.port, catalogue_.models);
  fmt::print("{}\n", server.address());
  flush_standard_output();
  say(fmt::format("serving {}; Ctrl-C ends it", options_.path));
  std::future<void> serving;
  try {
    serving = std::async(std::launch::async, [&] { server.serve(); });
  } catch (const std::system_error& error) {
    throw Error(fmt::format("cannot start a thread: {}", error.code().message()));
  }
  while (stop.signal() == 0 &&
         serving.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout) {
  }
  server.end();
  serving.get();  // throws what has ended it before a signal did
  return 0;
}

#else

int ServeCommand::run() {
  throw Error(
      "serve: this build has no web server: install cpp-httplib (libcpp-httplib-dev) and configure "
      "with -D SCANLINE_WEB=ON");
}

#endif

}  // namespace scanline::train
