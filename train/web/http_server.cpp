#include "scanline/train/web/detail/http_server.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "scanline/framework/core/error.hpp"

namespace scanline::train {
namespace {

using Clock = std::chrono::steady_clock;

/// Waits until a socket is ready for `events`. Returns false when the time is over.
bool wait_for(socket_t socket, short events, Clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd poll_socket{.fd = socket, .events = events, .revents = 0};
  return left > 0 && poll(&poll_socket, 1, static_cast<int>(left)) > 0;
}

/// One request and its answer, as cpp-httplib reads and writes them. Bytes that were received after
/// the request are lost, since clients wait for the answer before they send the next request. Which
/// of its functions are virtual in the base depends on the version of cpp-httplib.
class RequestStream : public httplib::Stream {
 public:
  RequestStream(socket_t socket, const HttpLimits& limits)
      : socket_(socket), limits_(limits), deadline_(Clock::now() + limits.time) {}

  /// Whether the answer reports no error, and everything that was received has been read. Otherwise
  /// the next bytes may belong to a body that nobody has read.
  bool is_clean() const { return is_ok_ && position_ == end_; }

  bool is_readable() const { return position_ < end_ || wait_for(socket_, POLLIN, deadline_); }
  bool is_writable() const { return wait_for(socket_, POLLOUT, deadline_); }
  bool wait_readable() const { return is_readable(); }
  bool wait_writable() const { return is_writable(); }

  ssize_t read(char* target, std::size_t size) {
    if (position_ == end_ && !receive()) return -1;
    const std::size_t count = std::min(size, end_ - position_);
    for (std::size_t i = 0; i < count; ++i) {
      target[i] = buffer_[position_++];
      if (!count_byte(target[i])) return -1;
    }
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* bytes, std::size_t size) {
    constexpr std::size_t status_at = 9;  // "HTTP/1.1 404 Not Found"
    // What asks for the body, "HTTP/1.1 100 Continue", is no answer yet. Its end may come alone.
    if (!has_answer_ && size > status_at && bytes[status_at] != '1') {
      has_answer_ = true;
      is_ok_ = bytes[status_at] < '4';
      deadline_ = Clock::now() + limits_.time;
    }
    if (!is_writable()) return -1;
    return send(socket_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  // Nobody asks where a client is.
  void get_remote_ip_and_port(std::string&, int&) const {}
  void get_local_ip_and_port(std::string&, int&) const {}
  socket_t socket() const { return socket_; }
  time_t duration() const { return 0; }

 private:
  bool receive() {
    if (!wait_for(socket_, POLLIN, deadline_)) return false;
    const ssize_t count = recv(socket_, buffer_.data(), buffer_.size(), 0);
    position_ = 0;
    end_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    return count > 0;
  }

  /// Counts a byte of the request. Returns false when there are too many.
  bool count_byte(char byte) {
    ++bytes_;
    if (!head_is_read_) {
      last_ = last_ << 8 | static_cast<unsigned char>(byte);
      // An empty line. cpp-httplib takes no other one, such as "\n\n", for the end of the head.
      head_is_read_ = (last_ & 0xffffff) == 0x0a0d0a;
    }
    return bytes_ <= (head_is_read_ ? limits_.request_bytes : limits_.head_bytes);
  }

  socket_t socket_;
  const HttpLimits& limits_;
  Clock::time_point deadline_;
  std::array<char, 1 << 14> buffer_{};
  std::size_t position_ = 0, end_ = 0;  // of what is in the buffer and not read yet
  std::size_t bytes_ = 0;               // of the request so far
  std::uint32_t last_ = 0;              // bytes of the head, up to four
  bool head_is_read_ = false;
  bool has_answer_ = false;
  bool is_ok_ = false;
};

/// Reads what a client still sends, for a moment. The system resets a connection that is closed
/// before everything is read, and the client might lose the answer.
void close_gently(socket_t socket) {
  shutdown(socket, SHUT_WR);
  std::array<char, 1 << 16> buffer;  // NOLINT: nobody reads it
  const Clock::time_point deadline = Clock::now() + std::chrono::seconds(1);
  while (wait_for(socket, POLLIN, deadline))
    if (recv(socket, buffer.data(), buffer.size(), 0) <= 0) break;
}

/// The threads that serve connections. One is started when a connection has come and no thread is
/// free, up to a limit. Where the system has no more threads, the connection waits for one of them.
class Threads : public httplib::TaskQueue {
 public:
  /// Starts the first of at most `most` threads. `close_connections` is called when no more
  /// connections are accepted. @throws Error when there is no thread to be had.
  Threads(std::size_t most, std::function<void()> close_connections)
      : most_(most), close_connections_(std::move(close_connections)) {
    if (!start()) throw Error("cannot start a thread that serves connections");
  }
  ~Threads() override { end(); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  // What it returns depends on the version of cpp-httplib: nothing, or whether it took the task.
  using IsTaken = decltype(std::declval<httplib::TaskQueue&>().enqueue(nullptr));
  IsTaken enqueue(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (tasks_.size() > free_ && threads_.size() < most_) start();
    has_changed_.notify_one();
    return IsTaken(true);
  }

  void shutdown() override { end(); }

 private:
  /// Starts a thread. Returns false where that fails.
  bool start() {
    try {
      threads_.emplace_back([this] { work(); });
      return true;
    } catch (const std::exception&) {  // std::system_error, or std::bad_alloc
      return false;
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++free_;
      has_changed_.wait(lock, [this] { return !tasks_.empty() || is_ending_; });
      --free_;
      if (tasks_.empty()) return;
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  /// Ends all threads. What still waits is closed by them.
  void end() {
    close_connections_();
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    has_changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::size_t most_;
  std::function<void()> close_connections_;
  std::mutex mutex_;  // of what follows
  std::condition_variable has_changed_;
  std::deque<std::function<void()>> tasks_;
  std::size_t free_ = 0;  // threads
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

/// Why a server could not listen at `host` a moment ago: `errno` says nothing of names.
std::string why_bind_failed(const std::string& host) {
  const int problem = errno;
  addrinfo* addresses = nullptr;
  if (const int status = getaddrinfo(host.c_str(), nullptr, nullptr, &addresses); status != 0)
    return gai_strerror(status);
  freeaddrinfo(addresses);
  return std::strerror(problem);
}

}  // namespace

HttpServer::HttpServer(const HttpLimits& limits) : limits_(limits) {
  new_task_queue = [this] { return new Threads(limits_.threads, [this] { close_connections(); }); };
  set_keep_alive_max_count(1000);  // which answers announce
  set_tcp_nodelay(true);           // a body that waits for the head to be acknowledged takes 40 ms
  // Not SO_REUSEPORT, with which two servers could have the same port.
  set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
}

int HttpServer::bind(const std::string& host, int port) {
  const int bound = port == 0                          ? bind_to_any_port(host.c_str())
                    : bind_to_port(host.c_str(), port) ? port
                                                       : -1;
  if (bound < 0)
    throw Error(fmt::format("{}:{}: cannot listen: {}", host, port, why_bind_failed(host)));
  // cpp-httplib lets only a few clients wait until they are accepted.
  ::listen(svr_sock_, SOMAXCONN);
  return bound;
}

void HttpServer::serve() {
  try {
    listen_after_bind();
  } catch (...) {
    has_ended_ = true;
    throw;
  }
  has_ended_ = true;
  if (!is_ending_) throw Error("the server cannot accept connections any more");
}

void HttpServer::end() {
  is_ending_ = true;
  // Before it is running, cpp-httplib cannot be stopped.
  while (!is_running() && !has_ended_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  stop();
}

void HttpServer::close_connections() {
  is_closing_ = true;
  const std::lock_guard lock(mutex_);
  for (const socket_t socket : open_) shutdown(socket, SHUT_RDWR);
}

bool HttpServer::process_and_close_socket(socket_t socket) {
  try {
    {
      const std::lock_guard lock(mutex_);
      open_.insert(socket);
    }
    answer_all(socket);
  } catch (const std::exception&) {  // for want of memory: the client has to ask again
  }
  const std::lock_guard lock(mutex_);
  open_.erase(socket);
  close(socket);
  return true;
}

void HttpServer::answer_all(socket_t socket) {
  while (!is_closing_ && wait_for(socket, POLLIN, Clock::now() + limits_.idle_time)) {
    RequestStream stream(socket, limits_);
    const bool is_reusable = answer(stream);
    if (!stream.is_clean()) {
      if (!is_closing_) close_gently(socket);
      break;
    }
    if (!is_reusable) break;
  }
}

template <class Stream>
bool HttpServer::answer(Stream& stream) {
  bool is_closed = false;
  const auto simplify = [](httplib::Request& request) {
    // Answers are short: no part of them is asked for, and packing them takes longer than sending
    // them. A body is what it is.
    request.ranges.clear();
    request.headers.erase("Accept-Encoding");
    request.headers.erase("Content-Encoding");
  };
  bool is_answered = false;
  if constexpr (requires { this->process_request(stream, false, is_closed, simplify); })
    is_answered = this->process_request(stream, false, is_closed, simplify);
  else  // a newer version of cpp-httplib
    is_answered = this->process_request(stream, "", 0, "", 0, false, is_closed, simplify);
  return is_answered && !is_closed;
}

}  // namespace scanline::train
