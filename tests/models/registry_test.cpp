#include "scanline/models/registry.hpp"

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "scanline/framework/autograd/gradcheck.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/framework/nn/lstm.hpp"
#include "scanline/framework/ops/movement.hpp"
#include "scanline/framework/ops/reduce.hpp"
#include "scanline/models/line_reader.hpp"
#include "scanline/models/row_reader.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"

using namespace scanline;

namespace {

Tensor random_images(const Shape& shape) {
  Random random(7, Purpose::augment);
  const Array pixels(shape, DType::float32);
  for (Index i = 0; i < pixels.size(); ++i)
    pixels.data<float>()[i] = static_cast<float>(random.uniform(-1, 1));
  return Tensor(pixels);
}

/// The models that classify images, without those that read lines.
std::vector<std::string> classifiers(const models::Registry& registry) {
  std::vector<std::string> names;
  for (const std::string& name : registry.names())
    if (!models::reads_lines(*registry.choose(name)->make({}))) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("every classifier of the table maps images to logits, and its gradients are right") {
  const models::Registry registry = models::built_in();
  for (const std::string& name : classifiers(registry)) {
    for (const Index layers : {1, 2}) {
      const Settings options{
          {"hidden-size", "3"}, {"layers", std::to_string(layers)}, {"dropout", "0.5"}};
      const auto network =
          registry.choose(name, options)->make({.rows = 5, .columns = 3, .classes = 4});
      INFO(name << " of " << layers << " layers");
      network->eval();
      CHECK(network->forward(random_images({2, 5, 3})).shape() == Shape{2, 4});
      CHECK(network->forward(random_images({1, 5, 3})).shape() == Shape{1, 4});
      CHECK_THROWS_AS(network->forward(random_images({2, 5, 7})), Error);
      network->to(DType::float64);
      const Tensor images(random_images({2, 5, 3}).value().to(DType::float64));
      // Where relu reads only zeros and biases are 0, its input would be 0, where it has a kink.
      std::uint32_t item = 0;
      for (const Tensor& parameter : network->parameters())
        if (parameter.rank() == 1)
          parameter.set_value(test::random_array(parameter.shape(), ++item, 0.1, 1));
      const auto check = gradcheck([&] { return network->forward(images); }, network->parameters());
      INFO(check.failure);
      CHECK(check.passed());
    }
  }
}

TEST_CASE("every classifier takes images of any size, and is trained on them") {
  const auto registry = models::built_in();
  const std::vector<std::pair<Index, Index>> sizes{{8, 8},   {16, 16}, {28, 20}, {32, 32},
                                                   {1, 784}, {784, 1}, {27, 27}, {1, 1}};
  for (const std::string& name : classifiers(registry))
    for (const auto& [rows, columns] : sizes)
      for (const char* layers : {"1", "3"}) {
        INFO(name << " of " << layers << " layers on " << rows << "x" << columns);
        const auto network = registry.choose(name, {{"hidden-size", "2"}, {"layers", layers}})
                                 ->make({.rows = rows, .columns = columns, .classes = 3});
        const Tensor logits = network->forward(random_images({2, rows, columns}));
        CHECK(logits.shape() == Shape{2, 3});
        sum(logits).backward();
        for (const Tensor& parameter : network->parameters()) CHECK(parameter.grad().defined());
      }
}

TEST_CASE("models have the parameters that they promise") {
  // 2 directions x 4 gates x 128 units x (28 inputs + 128 states + 2 biases), and the head.
  const auto bilstm = models::built_in().choose("bilstm")->make({});
  CHECK(bilstm->parameter_count() == 2 * 4 * 128 * (28 + 128 + 2) + 10 * (256 + 1));
  const NamedArrays values = bilstm->state_dict();
  CHECK(values.at("lstm.weight_ih_l0").shape() == Shape{512, 28});
  CHECK(values.at("lstm.weight_hh_l0_reverse").shape() == Shape{512, 128});
  CHECK(values.at("fc.weight").shape() == Shape{10, 256});
  const auto lstm = models::built_in().choose("lstm", {{"layers", "2"}})->make({});
  CHECK(lstm->state_dict().at("lstm.weight_ih_l1").shape() == Shape{512, 128});
  const auto mlp = models::built_in().choose("mlp")->make({});
  CHECK(mlp->parameter_count() == 128 * (784 + 1) + 10 * (128 + 1));
  // Two levels: each reads patches of 4 places down, and across what both directions made of them.
  const auto renet =
      models::built_in().choose("renet", {{"hidden-size", "32"}, {"layers", "2"}})->make({});
  CHECK(renet->parameter_count() == 2 * 4 * 32 * (4 + 32 + 2) + 2 * 4 * 32 * (64 + 32 + 2) +
                                        2 * 4 * 64 * (256 + 64 + 2) + 2 * 4 * 64 * (128 + 64 + 2) +
                                        10 * (7 * 7 * 128 + 1));
}

TEST_CASE("the head reads the final states of both directions, not the last output") {
  const auto network = models::built_in()
                           .choose("bilstm", {{"hidden-size", "2"}, {"layers", "2"}})
                           ->make({.rows = 4, .columns = 3, .classes = 2});
  nn::LSTM lstm({.input_size = 3, .hidden_size = 2, .num_layers = 2, .bidirectional = true});
  nn::Linear head(4, 2);
  NamedArrays of_lstm, of_head;
  for (const auto& [name, array] : network->state_dict())
    (name[0] == 'l' ? of_lstm : of_head).emplace(name.substr(name.find('.') + 1), array);
  lstm.load_state_dict(of_lstm);
  head.load_state_dict(of_head);

  const Tensor images = random_images({1, 4, 3});
  Array rows({4, 1, 3}, DType::float32);  // a batch of one has its steps in the same order
  rows.assign(images.value().reshape({4, 1, 3}));
  const Array h_n = lstm(Tensor(rows)).h_n.value();  // (4, 1, 2)
  Array features({1, 4}, DType::float32);
  features.assign(h_n.rows(2, 4).reshape({1, 4}));
  const Array expected = head(Tensor(features)).value();
  const Array logits = network->forward(images).value();
  for (Index c = 0; c < 2; ++c) CHECK(logits.at(c) == Approx(expected.at(c)).margin(1e-6));
}

TEST_CASE("renet sweeps down the columns of patches, then across the rows") {
  const auto network = models::built_in()
                           .choose("renet", {{"hidden-size", "3"}})
                           ->make({.rows = 4, .columns = 6, .classes = 2});
  nn::LSTM down({.input_size = 4, .hidden_size = 3, .bidirectional = true});
  nn::LSTM across({.input_size = 6, .hidden_size = 3, .bidirectional = true});
  nn::Linear head(2 * 3 * 6, 2);
  std::map<std::string, NamedArrays> parts;
  for (const auto& [name, array] : network->state_dict())
    parts[name.substr(0, name.find('.'))].emplace(name.substr(name.find('.') + 1), array);
  down.load_state_dict(parts.at("down0"));
  across.load_state_dict(parts.at("across0"));
  head.load_state_dict(parts.at("fc"));

  const Tensor image = random_images({1, 4, 6});
  // A column of patches after the other, each (2, 4): left to right, then the row below it.
  std::vector<Tensor> columns;
  for (Index j = 0; j < 3; ++j) {
    Array patches({2, 4}, DType::float32);
    for (Index i = 0; i < 8; ++i)
      patches.data<float>()[i] = image.value().data<float>()[i / 2 * 6 + 2 * j + i % 2];
    columns.push_back(down(Tensor(patches)).output);  // (2, 6)
  }
  const Tensor grid = stack(columns, 1);  // (2, 3, 6)
  std::vector<Tensor> rows;
  for (Index i = 0; i < 2; ++i)
    rows.push_back(across(reshape(slice(grid, 0, i, i + 1), {3, 6})).output);
  const Array expected = head(reshape(stack(rows, 0), {1, -1})).value();
  const Array logits = network->forward(image).value();
  for (Index c = 0; c < 2; ++c) CHECK(logits.at(c) == Approx(expected.at(c)).margin(1e-6));
}

TEST_CASE("an unknown model is refused with the names of the known ones") {
  CHECK_THROWS_WITH(models::built_in().find("transfomer"),
                    "there is no model 'transfomer' (did you mean transformer?); known are bilstm, "
                    "rowcol, renet, lstm, bigru, gru, birnn, rnn, reader, cnn, transformer, mlp");
}

TEST_CASE("models that read an image row by row show what they know after each row") {
  const models::Registry registry = models::built_in();
  int readers = 0;
  for (const std::string& name : registry.names()) {
    const auto network = registry.choose(name, {{"hidden-size", "3"}, {"layers", "2"}})
                             ->make({.rows = 5, .columns = 4, .classes = 2});
    auto* reader = dynamic_cast<models::RowReader*>(network.get());
    if (reader == nullptr) continue;
    ++readers;
    INFO(name);
    network->eval();
    const Tensor image = random_images({1, 5, 4});
    const models::RowReading reading = reader->read_rows(image);
    CHECK(reading.logits.shape() == Shape{5, 2});
    CHECK(reading.states.shape() == Shape{5, 3});
    for (Index row = 1; row <= 5; ++row) {
      // The image that ends with this row.
      const Array logits = network->forward(slice(image, 1, 0, row)).value();
      for (Index c = 0; c < 2; ++c)
        CHECK(reading.logits.value().at(2 * (row - 1) + c) == Approx(logits.at(c)).margin(1e-6));
    }
    CHECK_THROWS_AS(reader->read_rows(random_images({2, 5, 4})), Error);
  }
  CHECK(readers >= 3);  // LSTM, GRU and RNN
}
