#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <set>
#include <string>

namespace scanline::train {

/// What a client may ask of an HttpServer. The connection of a client that asks for more is closed.
struct HttpLimits {
  std::size_t head_bytes = 32 << 10;           ///< Of a request, before its body.
  std::size_t request_bytes = 11 << 20;        ///< Of a request with its body.
  std::chrono::milliseconds time{20'000};      ///< To send a request, and to take its answer.
  std::chrono::milliseconds idle_time{5'000};  ///< Between two requests of a connection.
  std::size_t threads = 128;                   ///< Most connections that are served at once.
};

/// The server of cpp-httplib with limits that it does not have: on the size of the head of a
/// request, on the time for a whole request, and on the time that it takes to stop.
class HttpServer : public httplib::Server {
 public:
  /// A server that does not listen yet.
  explicit HttpServer(const HttpLimits& limits = {});

  /// Listens on a host name or address. Port 0 takes a free port. Returns the port.
  /// @throws Error when that fails, for example because another program listens there.
  int bind(const std::string& host, int port);
  /// Serves until `end` is called. `bind` has to be called first.
  /// @throws Error when no thread can be started, or no more connections can be accepted.
  void serve();
  /// Ends `serve`, which another thread has called or is about to call, and all connections.
  void end();

 private:
  /// Called by cpp-httplib on one of its threads for each connection.
  bool process_and_close_socket(socket_t socket) override;
  void close_connections();
  /// Answers the requests of a connection.
  void answer_all(socket_t socket);
  /// Reads and answers one request. Returns whether the connection can be used for another one.
  template <class Stream>
  bool answer(Stream& stream);

  HttpLimits limits_;
  std::atomic<bool> is_ending_ = false, is_closing_ = false, has_ended_ = false;
  std::mutex mutex_;
  std::set<socket_t> open_;  // connections
};

}  // namespace scanline::train
