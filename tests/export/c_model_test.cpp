#include "scanline/export/c_model.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "scanline/framework/autograd/grad_mode.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/models/registry.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/read_file.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

constexpr models::ImageTask task{.rows = 7, .columns = 6, .classes = 4};
constexpr Index images = 5;

std::unique_ptr<nn::Layer> make_network(const std::string& model, const Settings& options) {
  set_default_random_state({.seed = 7});
  std::unique_ptr<nn::Layer> network = models::built_in().choose(model, options)->make(task);
  network->eval();
  return network;
}

exporting::Classifier classifier(const nn::Layer& network, const std::string& model) {
  return {.model = model,
          .task = task,
          .mean = 0.25,
          .standard_deviation = 0.5,
          .class_names = {"zero", "\"one\"", "?\?/ @NAME@", "drei \xc3\xa4\n"},
          .tensors = network.state_dict()};
}

/// Runs a command in a shell. Returns what it writes to its standard output.
std::string run(const fs::path& directory, const std::string& command) {
  const fs::path out = directory / "out.txt";
  const std::string whole =
      fmt::format("cd '{}' && {{ {}; }} >out.txt", directory.string(), command);
  INFO(command);
  REQUIRE(std::system(whole.c_str()) == 0);
  return test::read_file(out);
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

constexpr const char* strict = "cc -std=c99 -Wall -Wextra -Wpedantic -Werror -O1";

/// Compiles net.c in other ways: as C++, and by clang where it is installed.
constexpr const char* compile_otherwise =
    "flags='-Wall -Wextra -Wpedantic -Werror -fsyntax-only' && "
    "c++ -x c++ -std=c++11 $flags net.c && { ! command -v clang || "
    "{ clang -std=c99 $flags net.c && clang -x c++ -std=c++11 $flags net.c; }; }";

/// Prints the logits of images that it reads as floats, and the sum of all probabilities.
constexpr const char* harness =
    "#include <stdio.h>\n"
    "#include \"net.h\"\n"
    R"(int main(void) {
  static float image[net_rows * net_columns];
  static net_workspace workspace;
  float logits[net_classes], sum = 0;
  while (fread(image, sizeof image, 1, stdin) == 1) {
    net_logits(image, logits, &workspace);
    for (int i = 0; i < net_classes; ++i) printf("%.9g ", (double)logits[i]);
    net_predict(image, logits, &workspace);
    for (int i = 0; i < net_classes; ++i) sum += logits[i];
  }
  printf("%.4f\n", (double)sum);
  return 0;
}
)";

/// The logits of random images by the C code and by the network: the largest difference, as a share
/// of the largest logit if that is above 1.
double disagreement(nn::Layer& network, const exporting::Classifier& model, bool int8) {
  const test::TemporaryDirectory directory;
  const exporting::CFiles files = to_c(model, {.name = "net", .int8 = int8});
  write(directory.path() / "net.h", files.header);
  write(directory.path() / "net.c", files.source);
  run(directory.path(), compile_otherwise);
  write(directory.path() / "harness.c", harness);
  const Array pixels =
      test::random_array({images, task.rows, task.columns}, 1, 0, 1, DType::float32);
  write(directory.path() / "images",
        {reinterpret_cast<const char*>(pixels.raw()), static_cast<std::size_t>(pixels.bytes())});
  std::istringstream out(run(directory.path(), fmt::format("{} harness.c net.c -lm -o harness && "
                                                           "./harness < images",
                                                           strict)));
  const Array prepared = pixels.copy();
  for (Index i = 0; i < prepared.size(); ++i)
    prepared.data<float>()[i] =
        static_cast<float>((prepared.at(i) - model.mean) / model.standard_deviation);
  const NoGrad no_grad;
  const Array expected = network.forward(Tensor(prepared)).value();
  double worst = 0, largest = 1, found = NAN;
  for (Index i = 0; i < expected.size(); ++i) {
    found = NAN;
    out >> found;
    largest = std::max(largest, std::abs(expected.at(i)));
    const double difference = std::abs(found - expected.at(i));
    if (!(difference <= worst)) worst = std::isnan(difference) ? INFINITY : difference;
  }
  double sum = 0;
  out >> sum;
  CHECK(sum == Approx(images).epsilon(1e-3));
  return worst / largest;
}

}  // namespace

TEST_CASE("C code has the logits of the network") {
  const std::string model = GENERATE("bilstm", "lstm", "bigru", "gru", "birnn", "rnn", "mlp");
  const std::string layers = GENERATE("1", "3");
  const auto network = make_network(model, {{"hidden-size", "9"}, {"layers", layers}});
  const exporting::Classifier exported = classifier(*network, model);
  INFO(model << " with " << layers << " layers");
  CHECK(disagreement(*network, exported, /*int8=*/false) < 1e-5);
  const double rounded = disagreement(*network, exported, /*int8=*/true);
  CHECK(rounded < 0.05);
  CHECK(rounded > 1e-6);  // weights are rounded
}

TEST_CASE("any class name is a string in C code, which is C++ as well") {
  const test::TemporaryDirectory directory;
  const auto network = make_network("bigru", {{"hidden-size", "3"}});
  const exporting::CFiles files =
      to_c(classifier(*network, "bigru"), {.name = "net", .with_main = true});
  write(directory.path() / "net.h", files.header);
  write(directory.path() / "net.c", files.source);
  write(directory.path() / "names.c",
        "#include <stdio.h>\n#include \"net.h\"\nint main(void) {\n  for (int i = 0; i < 4; ++i) "
        "puts(net_class_names[i]);\n  return 0;\n}\n");
  run(directory.path(), compile_otherwise);
  run(directory.path(), fmt::format("{} -Dmain=unused -c net.c", strict));
  CHECK(run(directory.path(), "cc -std=c99 names.c net.o -lm -o names && ./names") ==
        "zero\n\"one\"\n?\?/ @NAME@\ndrei \xc3\xa4\n\n");
}

TEST_CASE("a program in C classifies a picture") {
  const test::TemporaryDirectory directory;
  const auto network = make_network("lstm", {{"hidden-size", "5"}});
  exporting::Classifier model = classifier(*network, "lstm");
  model.class_names = {"a", "b", "c", "d"};
  const exporting::CFiles files = to_c(model, {.name = "net", .with_main = true});
  write(directory.path() / "net.h", files.header);
  write(directory.path() / "net.c", files.source);
  std::string pixels;
  const Array image = Array::zeros({1, task.rows, task.columns});
  for (Index i = 0; i < image.size(); ++i) {
    pixels += static_cast<char>(i * 6);
    image.data<float>()[i] = static_cast<float>((static_cast<double>(i * 6) / 255 - 0.25) / 0.5);
  }
  write(directory.path() / "image.pgm", "P5\n# six by seven\n6 7\n255\n" + pixels);
  const NoGrad no_grad;
  const Array logits = network->forward(Tensor(image)).value();
  std::size_t best = 0;
  for (std::size_t i = 1; i < 4; ++i)
    if (logits.at(static_cast<Index>(i)) > logits.at(static_cast<Index>(best))) best = i;
  run(directory.path(), fmt::format("{} net.c -lm -o net", strict));
  CHECK(run(directory.path(), "./net < image.pgm").substr(0, 2) == model.class_names[best] + " ");
  CHECK(run(directory.path(), "! head -c 40 image.pgm | ./net 2>&1") ==
        "the picture is truncated\n");
  CHECK(run(directory.path(), "! echo no | ./net 2>&1") ==
        "expected a binary PGM picture of 6x7 pixels of 8 bits\n");
}

TEST_CASE("what cannot be written as C is refused") {
  const auto renet = make_network("rowcol", {{"hidden-size", "3"}});
  CHECK_THROWS_WITH(
      to_c(classifier(*renet, "rowcol"), {}),
      ContainsSubstring("rowcol cannot be written as C: expected a recurrent or fully "
                        "connected classifier, found the tensor "));
  const auto mlp = make_network("mlp", {{"hidden-size", "3"}});
  exporting::Classifier damaged = classifier(*mlp, "mlp");
  damaged.tensors["layers.0.bias"] = Array::full({3}, NAN);
  CHECK_THROWS_WITH(to_c(damaged, {}), ContainsSubstring("finite numbers in layers.0.bias"));
  for (const char* name : {"", "7", "a-b", "sub/net"})
    CHECK_THROWS_WITH(to_c(classifier(*mlp, "mlp"), {.name = name}),
                      ContainsSubstring("an identifier in C"));
}
