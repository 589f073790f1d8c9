#include "scanline/train/web/detail/web_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/lower_case.hpp"
#include "scanline/train/standard_streams.hpp"
#include "scanline/train/web/detail/page.hpp"

namespace scanline::train {
namespace {

constexpr std::size_t largest_picture = 10'000'000;
constexpr const char* predict_path = "/api/predict";
/// The page runs its own script, shows pictures of its own, and asks nobody else for anything.
constexpr const char* page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// An address without the brackets of IPv6.
std::string without_brackets(const std::string& host) {
  const bool has_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return has_brackets ? host.substr(1, host.size() - 2) : host;
}

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_ipv4(const std::string& host) {
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

/// The host as it stands in an address.
std::string in_address(const std::string& host) {
  return is_ipv6(host) ? fmt::format("[{}]", host) : host;
}

/// Whether a server that listens there can be reached at all addresses of the machine.
bool is_any(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

void send(const Reply& reply, httplib::Response& response) {
  response.status = reply.status;
  response.set_content(reply.content, reply.type.c_str());
  response.set_header("Content-Security-Policy", reply.policy);
}

/// What `path` begins with is taken off it.
bool take_prefix(std::string_view& path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  path.remove_prefix(prefix.size());
  return true;
}

/// The size that a request claims for its body: none where it claims none, or no number.
std::optional<std::size_t> claimed_size(const httplib::Request& request) {
  const std::string text = request.get_header_value("Content-Length");
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return size;
}

/// Whether a request says that it has a body, or nothing that can be understood about its size.
bool has_body(const httplib::Request& request) {
  const std::size_t count = request.get_header_value_count("Content-Length");
  return request.has_header("Transfer-Encoding") || count > 1 ||
         (count == 1 && claimed_size(request) != 0);
}

std::string too_large() {
  return fmt::format("expected a picture of at most {} bytes, found more", largest_picture);
}

/// What `answer` returns, or the refusal that an exception stands for.
template <class Answer>
Reply guarded(const Answer& answer) {
  try {
    return answer();
  } catch (const Error& error) {
    return refusal(500, error.what());
  } catch (const std::bad_alloc&) {
    return refusal(503, "out of memory");
  } catch (const std::exception& error) {
    say(fmt::format("unexpected failure: {}", error.what()));
    return refusal(500, "unexpected failure");
  }
}

}  // namespace

WebServer::WebServer(const std::filesystem::path& path, const std::string& host, int port,
                     const models::Registry& registry, const HttpLimits& limits)
    : api_(path, registry),
      http_(limits),
      host_(lower_case(without_brackets(host))),
      port_(http_.bind(host_, port)) {
  http_.set_default_headers({{"X-Content-Type-Options", "nosniff"},
                             {"Referrer-Policy", "no-referrer"},
                             {"Cache-Control", "no-store"}});
  http_.set_pre_routing_handler(
      [this](const Request& request, Response& response) { return answer(request, response); });
  http_.Post(predict_path, [this](const Request& request, Response& response,
                                  const httplib::ContentReader& body) {
    send(guarded([&] { return predict(request, body); }), response);
  });
  // What cpp-httplib refuses itself.
  http_.set_error_handler([](const Request&, Response& response) {
    if (response.body.empty())
      send(refusal(response.status, "this is not a request that can be answered"), response);
  });
}

std::string WebServer::address() const {
  return fmt::format("http://{}:{}/", is_any(host_) ? "localhost" : in_address(host_), port_);
}

bool WebServer::is_own_host(std::string host) const {
  host = lower_case(std::move(host));
  const std::string port = fmt::format(":{}", port_);
  if (host.ends_with(port))
    host.resize(host.size() - port.size());
  else if (port_ != 80)
    return false;
  const std::string bare = without_brackets(host);
  // A page can have a browser take a name of its own for this machine, but not an address.
  if (is_any(host_) && (is_ipv4(bare) || is_ipv6(bare))) return true;
  return bare == "localhost" || bare == "127.0.0.1" || bare == "::1" || bare == host_;
}

WebServer::Routing WebServer::answer(const Request& request, Response& response) {
  const std::string origin = request.get_header_value("Origin");
  constexpr std::string_view scheme = "http://";
  if (!is_own_host(request.get_header_value("Host"))) {
    send(refusal(403, "expected the host that this server listens on, found another one"),
         response);
  } else if (request.method == "GET" || request.method == "HEAD") {
    // Nobody would read the body, and it would be taken for the next request.
    if (has_body(request))
      send(refusal(400, "expected a request without a body"), response);
    else
      send(guarded([&] { return answer_get(request); }), response);
  } else if (request.method != "POST" || request.path != predict_path) {
    send(refusal(405, "expected a GET request"), response);
  } else if (!origin.empty() &&
             !(origin.starts_with(scheme) && is_own_host(origin.substr(scheme.size())))) {
    send(refusal(403, "expected a request of this server's own page, found another origin"),
         response);
  } else if (claimed_size(request).value_or(0) > largest_picture) {
    send(refusal(413, too_large()), response);
  } else {
    return Routing::Unhandled;
  }
  return Routing::Handled;
}

Reply WebServer::answer_get(const Request& request) const {
  for (const PageFile& file : page_files())
    if (request.path == file.path)
      return {.content = std::string(file.content),
              .type = std::string(file.type),
              .policy = page_policy};
  std::string_view path = request.path;
  if (path == "/healthz") return {.content = "ok", .type = "text/plain"};
  if (path == "/api/runs") return api_.runs();
  if (path == "/api/models") return api_.models();
  if (path == predict_path) return refusal(405, "expected a POST request");
  if (take_prefix(path, "/api/runs/")) return api_.run(std::string(path));
  if (take_prefix(path, "/files/")) {
    // The name of a run may have slashes, that of a file has none.
    const std::size_t slash = path.rfind('/');
    if (slash != std::string_view::npos)
      return api_.file(std::string(path.substr(0, slash)), std::string(path.substr(slash + 1)));
  }
  return refusal(404, "there is nothing at this address");
}

Reply WebServer::predict(const Request& request, const httplib::ContentReader& body) {
  if (request.is_multipart_form_data())
    return refusal(415, "expected the bytes of a picture, found a form");
  std::string picture;
  bool is_too_large = false;
  const bool is_whole = body([&](const char* bytes, std::size_t size) {
    is_too_large = picture.size() + size > largest_picture;
    if (!is_too_large) picture.append(bytes, size);
    return !is_too_large;
  });
  if (is_too_large) return refusal(413, too_large());
  if (!is_whole) return refusal(400, "expected a whole picture, found less");
  return api_.predict(request.get_param_value("model"), std::as_bytes(std::span(picture)),
                      request.get_param_value("rows") == "1");
}

}  // namespace scanline::train
