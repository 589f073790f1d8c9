#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "scanline/train/web/detail/api.hpp"
#include "scanline/train/web/detail/http_server.hpp"

namespace scanline::train {

/// Serves the page and the API of a model, a run or a folder of runs. Everything that it answers
/// with can be read by whoever reaches the address.
class WebServer {
 public:
  /// Listens on a host name or address, and on a port, of which 0 stands for any free one. The
  /// registry has to outlive the object.
  /// @throws Error when there is nothing at `path`, or the port cannot be had.
  WebServer(const std::filesystem::path& path, const std::string& host, int port,
            const models::Registry& registry, const HttpLimits& limits = {});

  /// Where browsers find the page: "http://127.0.0.1:8080/".
  std::string address() const;
  /// The port that it listens on.
  int port() const { return port_; }

  /// Serves until `end` is called by another thread.
  /// @throws Error when it has to end before that.
  void serve() { http_.serve(); }
  /// Ends `serve`, which another thread has called or is about to call.
  void end() {
    api_.end();
    http_.end();
  }

 private:
  using Request = httplib::Request;
  using Response = httplib::Response;
  using Routing = httplib::Server::HandlerResponse;

  /// Answers everything but a picture to classify, whose body has to be read first.
  Routing answer(const Request& request, Response& response);
  Reply answer_get(const Request& request) const;
  /// Reads a picture and classifies it.
  Reply predict(const Request& request, const httplib::ContentReader& body);
  /// Whether this is an address of this server, which a page of somebody else cannot make a browser
  /// use under another name.
  bool is_own_host(std::string host) const;

  Api api_;
  HttpServer http_;
  std::string host_;
  int port_;
};

}  // namespace scanline::train
