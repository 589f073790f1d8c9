#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "scanline/framework/io/checkpoint.hpp"
#include "scanline/predict/model_file.hpp"
#include "scanline/train/web/detail/web_server.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/train/made_run.hpp"
#include "tests/train/run_scanline.hpp"

namespace scanline::test {

/// A class name that would run a script if a page took it for HTML.
inline const std::string hostile = "<img src=x onerror=alert(1)>";

/// A model for 28x28 images of three classes.
inline ModelDescription small_model(const std::string& model,
                                    const std::string& last_class = hostile) {
  return {.model = model,
          .task = {.classes = 3},
          .options = {{"hidden-size", "8"}, {"layers", "1"}, {"dropout", "0"}},
          .class_names = {"one", "two", last_class},
          .dataset = "mnist",
          .mean = 0.5,
          .standard_deviation = 0.25,
          .version = "1"};
}

/// Writes such a model of random weights.
inline void write_model(const std::filesystem::path& file, const std::string& model,
                        const std::string& last_class = hostile) {
  const ModelDescription description = small_model(model, last_class);
  const auto network =
      models::built_in().choose(model, description.options)->make(description.task);
  save_model(file, *network, description);
}

/// Writes what a checkpoint of a run has of such a model.
inline void write_model_checkpoint(const std::filesystem::path& file, const std::string& model,
                                   const std::string& last_class = hostile) {
  const ModelDescription description = small_model(model, last_class);
  const auto network =
      models::built_in().choose(model, description.options)->make(description.task);
  io::Safetensors content;
  for (const auto& [name, array] : network->state_dict())
    content.tensors.emplace("model." + name, array);
  content.metadata["description"] = nlohmann::json(to_metadata(description)).dump();
  io::write_checkpoint(file, content);
}

/// A folder with two runs, a model file, and a file beside it that nobody may read.
struct RunFolder {
  RunFolder() {
    make_run(path() / "bilstm-1", {.val_accuracies = {0.5, 0.75}, .test_accuracy = 0.7});
    write_model(path() / "bilstm-1" / "model.safetensors", "bilstm");
    std::ofstream(path() / "bilstm-1" / "report.html") << "<p>the report</p>";
    std::ofstream(path() / "bilstm-1" / "own_notes.txt") << "secret";
    make_run(path() / "mlp-1", {.config = "model=\"mlp\"\n", .val_accuracies = {0.25}});
    write_model(path() / "mlp.safetensors", "mlp");
    std::ofstream(directory.path() / "secret.txt") << "secret";
  }
  std::filesystem::path path() const { return directory.path() / "runs"; }
  TemporaryDirectory directory;
};

/// A picture of a two, as the bytes of its file.
inline std::string picture_of_two(const RunFolder& folder) {
  write_picture(folder.directory.path() / "two.png", two());
  return read_file(folder.directory.path() / "two.png");
}

/// A server on a free port, which serves while the object exists.
class Served {
 public:
  explicit Served(const std::filesystem::path& path, const train::HttpLimits& limits = {},
                  const std::string& host = "127.0.0.1")
      : server_(path, host, 0, models_, limits), thread_([this] { server_.serve(); }) {}
  ~Served() { end(); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  void end() {
    if (!thread_.joinable()) return;
    server_.end();
    thread_.join();
  }
  int port() const { return server_.port(); }
  std::string address() const { return server_.address(); }
  httplib::Client client() const {
    httplib::Client client("127.0.0.1", port());
    client.set_read_timeout(60, 0);
    return client;
  }

 private:
  models::Registry models_ = models::built_in();
  train::WebServer server_;
  std::thread thread_;
};

/// A connection to a server that says what it likes, whether or not that is HTTP.
class Connection {
 public:
  explicit Connection(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
  }
  Connection(Connection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (socket_ >= 0) close(socket_);
  }

  void send(const std::string& text) const {
    ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  /// Everything that the server sends until it closes the connection, or has sent `last`.
  std::string receive(const std::string& last = "") const {
    std::string text(1 << 16, '\0');
    std::size_t size = 0;
    for (;;) {
      const ssize_t count = recv(socket_, text.data() + size, text.size() - size, 0);
      if (count <= 0) break;
      size += static_cast<std::size_t>(count);
      text.resize(size + (1 << 16));
      if (!last.empty() && text.find(last) != std::string::npos) break;
    }
    text.resize(size);
    return text;
  }

 private:
  int socket_;
};

/// The answer to a request that asks for the connection to be closed.
inline std::string ask(int port, const std::string& request_line, const std::string& host,
                       const std::string& headers = "") {
  const Connection connection(port);
  connection.send(request_line + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" +
                  headers + "\r\n");
  return connection.receive();
}

/// Its status.
inline int status_of(const std::string& answer) {
  return answer.size() > 12 ? std::stoi(answer.substr(9, 3)) : 0;
}

}  // namespace scanline::test
