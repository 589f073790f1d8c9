#include "scanline/train/web/detail/web_server.hpp"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/train/web/detail/page.hpp"
#include "tests/catch.hpp"
#include "tests/train/web/served.hpp"

using namespace scanline;
using nlohmann::json;
using test::ask;
using test::picture_of_two;
using test::RunFolder;
using test::Served;
using test::status_of;

namespace {

std::string error_of(const httplib::Result& result) {
  return json::parse(result->body).at("error").get<std::string>();
}

}  // namespace

TEST_CASE("a server answers that it is there, and with the files of the page") {
  const RunFolder folder;
  const Served served(folder.path());
  httplib::Client client = served.client();
  CHECK(client.Get("/healthz")->body == "ok");
  CHECK(train::page_files().size() >= 8);
  for (const train::PageFile& file : train::page_files()) {
    INFO(file.path);
    const auto answer = client.Get(std::string(file.path));
    REQUIRE(answer->status == 200);
    CHECK(answer->body.size() > 1000);
    const std::string type = answer->get_header_value("Content-Type");
    CHECK(type == file.type);
    CHECK(type.find(file.path.ends_with(".js")    ? "text/javascript"
                    : file.path.ends_with(".css") ? "text/css"
                                                  : "text/html") == 0);
    CHECK(answer->get_header_value("X-Content-Type-Options") == "nosniff");
    const std::string policy = answer->get_header_value("Content-Security-Policy");
    CHECK(policy.find("default-src 'none'; script-src 'self';") == 0);
    // Nothing of another host is asked for.
    CHECK(answer->body.find("https://") == std::string::npos);
  }
}

TEST_CASE("a server lists runs and says what is known of one") {
  const RunFolder folder;
  const Served served(folder.path());
  httplib::Client client = served.client();
  const json runs = json::parse(client.Get("/api/runs")->body);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].at("name") == "bilstm-1");
  CHECK(runs[0].at("test_accuracy") == 0.7);

  const json run = json::parse(client.Get("/api/runs/bilstm-1")->body);
  CHECK(run.at("options").at("model") == "bilstm");
  REQUIRE(run.at("epoch_records").size() == 2);
  CHECK(run.at("epoch_records")[1].at("val_accuracy") == 0.75);
  CHECK(run.at("files") == json{"report.html"});

  const auto missing = client.Get("/api/runs/bilstm-2");
  CHECK(missing->status == 404);
  CHECK(error_of(missing) == "there is no run called 'bilstm-2'");
}

TEST_CASE("a server lists models, and serves a single run or model as well") {
  const RunFolder folder;
  const auto models = [](const std::filesystem::path& path) {
    const Served served(path);
    return json::parse(served.client().Get("/api/models")->body);
  };
  // The run mlp-1 has left no weights.
  CHECK(models(folder.path()) == json{"bilstm-1", "mlp.safetensors"});
  CHECK(models(folder.path() / "bilstm-1") == json{"bilstm-1"});
  CHECK(models(folder.path() / "mlp.safetensors") == json{"mlp.safetensors"});
  std::ofstream(folder.path() / "other.onnx").put('\n');
  CHECK(models(folder.path()) == json{"bilstm-1", "mlp.safetensors", "other.onnx"});
}

TEST_CASE("a server classifies a picture") {
  const RunFolder folder;
  const Served served(folder.path());
  httplib::Client client = served.client();
  const std::string picture = picture_of_two(folder);
  const auto answer = client.Post("/api/predict?model=bilstm-1", picture, "image/png");
  REQUIRE(answer->status == 200);
  const json prediction = json::parse(answer->body);
  CHECK(prediction.at("classes") == json{"one", "two", test::hostile});
  const auto probabilities = prediction.at("probabilities").get<std::vector<double>>();
  CHECK(probabilities[0] + probabilities[1] + probabilities[2] == Approx(1));
  const json& image = prediction.at("image");
  REQUIRE(image.size() == 28);
  CHECK(image[0].size() == 28);
  CHECK_FALSE(prediction.contains("rows"));

  const json by_row =
      json::parse(client.Post("/api/predict?model=bilstm-1&rows=1", picture, "image/png")->body);
  const json& rows = by_row.at("rows");
  REQUIRE(rows.at("probabilities").size() == 28);
  CHECK(rows.at("probabilities")[27][0].get<double>() == Approx(probabilities[0]).epsilon(1e-4));
  CHECK(rows.at("states")[0].size() == 8);
  // An MLP reads no rows.
  const auto of_mlp = client.Post("/api/predict?model=mlp.safetensors&rows=1", picture, "");
  CHECK(of_mlp->status == 200);
  CHECK_FALSE(json::parse(of_mlp->body).contains("rows"));
}

TEST_CASE("a picture that cannot be classified is refused with a reason") {
  const RunFolder folder;
  const Served served(folder.path());
  httplib::Client client = served.client();
  const std::string predict = "/api/predict?model=bilstm-1";
  const auto no_model = client.Post("/api/predict?model=../secret.txt", "x", "image/png");
  CHECK(no_model->status == 404);
  CHECK(error_of(no_model) == "there is no model called '../secret.txt'");
  const auto unnamed = client.Post("/api/predict", "x", "image/png");
  CHECK(unnamed->status == 400);
  CHECK(error_of(unnamed) == "expected model=NAME, found none; GET /api/models lists them");
  for (const std::string body : {"", "GIF89a", "no picture at all"}) {
    const auto refused = client.Post(predict, body, "image/png");
    CHECK(refused->status == 400);
    CHECK(error_of(refused).find("the picture: ") == 0);
  }
  CHECK(client.Get(predict)->status == 405);
  CHECK(client.Put(predict, "x", "image/png")->status == 405);
  CHECK(client.Delete("/api/runs/bilstm-1")->status == 405);
  CHECK(client.Post(predict, "--x--", "multipart/form-data; boundary=x")->status == 415);
  CHECK(client.Get("/healthz")->body == "ok");
}

TEST_CASE("a picture of more than 10 MB is refused, whether or not its size is announced") {
  const RunFolder folder;
  const Served served(folder.path());
  const std::string large(10'000'001, 'x');
  const auto announced = served.client().Post("/api/predict?model=bilstm-1", large, "image/png");
  REQUIRE(announced);
  CHECK(announced->status == 413);
  const std::string host = fmt::format("127.0.0.1:{}", served.port());
  const test::Connection connection(served.port());
  connection.send(
      fmt::format("POST /api/predict?model=bilstm-1 HTTP/1.1\r\nHost: {}\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                  host, large.size(), large));
  CHECK(status_of(connection.receive()) == 413);
  // A body that ends before it should.
  const test::Connection cut(served.port());
  cut.send(
      fmt::format("POST /api/predict?model=bilstm-1 HTTP/1.1\r\nHost: {}\r\n"
                  "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                  host));
  CHECK(status_of(cut.receive()) == 400);
}

TEST_CASE("a body that is not read is not taken for a second request") {
  const RunFolder folder;
  const Served served(folder.path());
  const std::string host = fmt::format("Host: 127.0.0.1:{}\r\n", served.port());
  const std::string body = "GET /healthz HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n";
  const auto answers = [&](const std::string& head, const std::string& last) {
    const test::Connection connection(served.port());
    connection.send(head + host + "\r\n");
    std::string all = connection.receive(last);
    connection.send(body);
    return all + connection.receive();
  };
  const std::string large =
      answers("POST /api/predict HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 10000001\r\n",
              "found more");
  CHECK(large.find("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413") == 0);
  CHECK(large.find("HTTP/1.1 200") == std::string::npos);
  for (const std::string method : {"GET", "HEAD"})
    for (const std::string& size :
         {fmt::format("Content-Length: {}", body.size()), std::string("Content-Length: +1"),
          fmt::format("Content-Length: 0\r\nContent-Length: {}", body.size()),
          std::string("Transfer-Encoding: chunked")}) {
      INFO(method << " " << size);
      const std::string refused =
          answers(method + " /healthz HTTP/1.1\r\n" + size + "\r\n", "\r\n\r\n");
      CHECK(status_of(refused) == 400);
      CHECK(refused.find("HTTP/1.1 200") == std::string::npos);
      if (method == "GET")
        CHECK(refused.find("expected a request without a body") != std::string::npos);
    }
  CHECK(status_of(ask(served.port(), "GET /healthz", fmt::format("127.0.0.1:{}", served.port()),
                      "Content-Length: 0\r\n")) == 200);
}

TEST_CASE("no address leads to a file that is not a picture or the report of a run") {
  const RunFolder folder;
  const Served served(folder.path());
  const std::string host = fmt::format("127.0.0.1:{}", served.port());
  const std::string report = ask(served.port(), "GET /files/bilstm-1/report.html", host);
  CHECK(status_of(report) == 200);
  CHECK(report.find("the report") != std::string::npos);
  CHECK(report.find("Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'") !=
        std::string::npos);
  CHECK(report.find("form-action 'none'; frame-ancestors 'none'\r\n") != std::string::npos);
  for (const std::string path : {"/files/bilstm-1/own_notes.txt",
                                 "/files/bilstm-1/config.toml",
                                 "/files/bilstm-1/model.safetensors",
                                 "/files/bilstm-1/../../secret.txt",
                                 "/files/bilstm-1/..%2f..%2fsecret.txt",
                                 "/files/..%2fsecret.txt/report.html",
                                 "/files/bilstm-1%2f..%2fbilstm-1/report.html",
                                 "/files/./bilstm-1/report.html",
                                 "/files/bilstm-1/report.html%00.svg",
                                 "/files//bilstm-1/report.html",
                                 "/files/",
                                 "/files/bilstm-1",
                                 "/api/runs/..",
                                 "/api/runs/%2e%2e",
                                 "/api/runs/bilstm-1/../mlp-1",
                                 "/api/runs/",
                                 "/../secret.txt",
                                 "/secret.txt",
                                 "//secret.txt",
                                 "/%2e%2e/secret.txt",
                                 "/page.js/../../secret.txt",
                                 "/index.html%00",
                                 "/%"}) {
    INFO(path);
    const std::string answer = ask(served.port(), "GET " + path, host);
    CHECK(status_of(answer) == 404);
    CHECK(answer.find("secret\n") == std::string::npos);
    CHECK(answer.find("{\"error\":") != std::string::npos);
  }
}

TEST_CASE("a server answers under its own name only") {
  const RunFolder folder;
  const Served served(folder.path());
  const int port = served.port();
  const auto status = [&](const std::string& host, const std::string& line = "GET /healthz",
                          const std::string& headers = "") {
    return status_of(ask(port, line, host, headers));
  };
  for (const std::string host : {"127.0.0.1", "localhost", "LocalHost", "[::1]"})
    CHECK(status(fmt::format("{}:{}", host, port)) == 200);
  for (const std::string host :
       {"evil.example", "127.0.0.1", "localhost", "localhost.evil.example", "192.168.0.1", "", "["})
    CHECK(status(host) == 403);
  CHECK(status(fmt::format("evil.example:{}", port)) == 403);
  CHECK(status(fmt::format("192.168.0.1:{}", port)) == 403);
  CHECK(status(fmt::format("127.0.0.1:{}", port + 1)) == 403);

  // A page of somebody else may send a request, but has to say where it is from.
  const std::string own = fmt::format("127.0.0.1:{}", port);
  const auto from = [&](const std::string& origin) {
    return status(own, "POST /api/predict?model=none",
                  "Content-Length: 0\r\nOrigin: " + origin + "\r\n");
  };
  CHECK(from("http://" + own) == 404);  // there is no such model
  CHECK(from("http://evil.example") == 403);
  CHECK(from("null") == 403);
  CHECK(from("https://" + own) == 403);
}

TEST_CASE("a server answers under its own name with capital letters, too") {
  const RunFolder folder;
  // A name of 127.0.0.1 that every machine has, and that is not answered to anyway.
  const Served served(folder.path(), {}, "0X7F.0.0.1");
  for (const std::string host : {"0x7f.0.0.1", "0X7F.0.0.1", "LocalHost"})
    CHECK(status_of(ask(served.port(), "GET /healthz",
                        fmt::format("{}:{}", host, served.port()))) == 200);
  const Served local(folder.path(), {}, "LocalHost");
  CHECK(local.address() == fmt::format("http://localhost:{}/", local.port()));
}

TEST_CASE("a server of all addresses can be reached by each of them, but by no other name") {
  const RunFolder folder;
  const Served served(folder.path(), {}, "0.0.0.0");
  const auto status = [&](const std::string& host) {
    return status_of(ask(served.port(), "GET /healthz", fmt::format("{}:{}", host, served.port())));
  };
  for (const std::string host : {"127.0.0.1", "localhost", "192.168.0.1", "[fe80::1]"})
    CHECK(status(host) == 200);
  for (const std::string host : {"evil.example", "192.168.0.1.evil.example", "[evil]"})
    CHECK(status(host) == 403);
  CHECK(served.address() == fmt::format("http://localhost:{}/", served.port()));
}

TEST_CASE("a request with too much before its body is refused") {
  const RunFolder folder;
  const Served served(folder.path());
  const std::string host = fmt::format("127.0.0.1:{}", served.port());
  std::string many;
  for (int i = 0; i < 5000; ++i) many += fmt::format("X-{}: y\r\n", i);
  // Two line feeds do not end the head.
  for (const std::string& headers :
       {many, "\n\n" + many, "X: " + std::string(100'000, 'x') + "\r\n"}) {
    const std::string answer = ask(served.port(), "GET /healthz", host, headers);
    CHECK((answer.empty() || status_of(answer) == 400));
  }
  CHECK(status_of(ask(served.port(), "GET /" + std::string(9'000, 'x'), host)) == 414);
  CHECK(status_of(ask(served.port(), "GET /healthz", host,
                      "Range: bytes=0-0,0-0,0-0\r\nAccept-Encoding: gzip, br\r\n")) == 200);
  CHECK(status_of(ask(served.port(), "BREW /healthz", host)) >= 400);
  const test::Connection no_http(served.port());
  no_http.send("hello\r\n\r\n");
  CHECK(status_of(no_http.receive()) == 400);
  CHECK(served.client().Get("/healthz")->body == "ok");
}

TEST_CASE("slow clients are sent away and do not hold up others") {
  const RunFolder folder;
  const Served served(folder.path(), {.time = std::chrono::milliseconds(2000)});
  std::vector<test::Connection> slow;
  for (int i = 0; i < 50; ++i) {
    slow.emplace_back(served.port());
    slow.back().send("GET /healthz HTTP/1.1\r\nHost: ");
  }
  const auto start = std::chrono::steady_clock::now();
  CHECK(served.client().Get("/healthz")->body == "ok");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::milliseconds(1500));
  for (const test::Connection& connection : slow)
    CHECK(connection.receive().find("ok") == std::string::npos);
}

TEST_CASE("a thousand requests at once are all answered") {
  const RunFolder folder;
  const Served served(folder.path());
  std::vector<test::Connection> connections;
  for (int i = 0; i < 1000; ++i) {
    connections.emplace_back(served.port());
    connections.back().send(
        fmt::format("GET /api/runs HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
                    served.port()));
  }
  int answered = 0;
  for (const test::Connection& connection : connections)
    answered += status_of(connection.receive()) == 200;
  CHECK(answered == 1000);
}

TEST_CASE("a server ends at once, whatever its clients are doing") {
  const RunFolder folder;
  Served served(folder.path());
  httplib::Client idle = served.client();
  idle.set_keep_alive(true);
  CHECK(idle.Get("/healthz")->body == "ok");
  const test::Connection slow(served.port());
  slow.send("GET /healthz HTTP/1.1\r\n");
  const auto start = std::chrono::steady_clock::now();
  served.end();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
}

TEST_CASE("a server needs something to serve, and a port") {
  const RunFolder folder;
  const models::Registry registry = models::built_in();
  const auto listen = [&](const std::filesystem::path& path, int port, const char* host) {
    train::WebServer(path, host, port, registry);
  };
  CHECK_THROWS_WITH(
      listen(folder.path() / "none", 0, "127.0.0.1"),
      ContainsSubstring("none: expected a model, a run or a folder of runs, found nothing"));
  CHECK_THROWS_WITH(listen(folder.directory.path() / "secret.txt", 0, "127.0.0.1"),
                    ContainsSubstring("found another file"));
  const Served served(folder.path());
  CHECK(served.address() == fmt::format("http://127.0.0.1:{}/", served.port()));
  CHECK_THROWS_WITH(listen(folder.path(), served.port(), "127.0.0.1"),
                    ContainsSubstring(fmt::format(
                        "127.0.0.1:{}: cannot listen: Address already in use", served.port())));
  CHECK_THROWS_WITH(listen(folder.path(), 0, "no.such.host.invalid"),
                    Matches(".*cannot listen: .*[Nn]ame.*"));  // no name, or no answer about it
}
