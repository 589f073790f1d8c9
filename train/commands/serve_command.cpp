#include "scanline/train/commands/serve_command.hpp"

#include "scanline/framework/core/error.hpp"

#ifdef SCANLINE_WEB
#include <fmt/format.h>

#include <chrono>
#include <thread>

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
  // Before any thread starts, so that all of them leave signals to it.
  const StopRequest stop;
  WebServer server(options_.path, options_.host, options_.port, catalogue_.models);
  fmt::print("{}\n", server.address());
  flush_standard_output();
  say(fmt::format("serving {}; Ctrl-C ends it", options_.path));
  std::thread serving([&] { server.serve(); });
  while (stop.signal() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  server.end();
  serving.join();
  return 0;
}

#else

int ServeCommand::run() {
  throw Error(
      "serve: this build has no web server: install cpp-httplib (libcpp-httplib-dev) and build "
      "scanline again");
}

#endif

}  // namespace scanline::train
