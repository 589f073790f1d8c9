#include "train/model_file.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "framework/autograd/grad_mode.hpp"
#include "framework/core/error.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/nn/init.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const models::Table table = models::built_in();

/// A model's tensors in a file without metadata, as PyTorch code writes it.
void write_bare(const fs::path& file, const NamedArrays& tensors) {
  io::write_safetensors(file, {tensors, {}});
}

std::string refusal(const fs::path& file) {
  try {
    train::load_model(file, table);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a file without metadata is described by its tensors") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "weights.safetensors";
  for (const std::string kind : {"bilstm", "lstm", "bigru", "gru", "birnn", "rnn"}) {
    for (const Index layers : {1, 3}) {
      INFO(kind << " of " << layers << " layers");
      const auto network =
          models::find(table, kind)
              .make({.columns = 5, .classes = 7, .hidden_size = 6, .layers = layers});
      write_bare(file, network->state_dict());
      const train::LoadedModel loaded = train::load_model(file, table);
      CHECK(loaded.description.model == kind);
      CHECK(loaded.description.options.hidden_size == 6);
      CHECK(loaded.description.options.layers == layers);
      CHECK(loaded.description.options.columns == 5);
      CHECK(loaded.description.class_names.size() == 7);
      CHECK(loaded.description.dataset.empty());

      const NoGrad no_grad;
      network->eval();
      loaded.network->eval();
      const Tensor images(test::random_array({3, 5, 5}, 1, -1, 1, DType::float32));
      CHECK(test::distance(network->forward(images).value(),
                           loaded.network->forward(images).value()) == 0);
    }
  }
}

TEST_CASE("float64 weights load too") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "weights.safetensors";
  const auto network = models::find(table, "gru").make({.hidden_size = 4});
  network->to(DType::float64);
  write_bare(file, network->state_dict());
  CHECK(train::load_model(file, table).network->parameters().front().dtype() == DType::float32);
}

TEST_CASE("a file without metadata that is no such model is refused with every tensor at fault") {
  const test::TemporaryDirectory directory;
  const fs::path file = directory.path() / "weights.safetensors";
  NamedArrays tensors = models::find(table, "bilstm").make({.hidden_size = 4})->state_dict();

  tensors.erase("lstm.bias_hh_l0");
  tensors.erase("lstm.weight_hh_l0_reverse");
  tensors["lstm.bias_ih_l0"] = init::zeros({3});
  tensors["head"] = init::zeros({1});
  write_bare(file, tensors);
  CHECK(refusal(file) ==
        file.string() +
            ": tensors do not fit the model: missing lstm.bias_hh_l0, lstm.weight_hh_l0_reverse; "
            "unexpected head; misshapen lstm.bias_ih_l0 (expected (16,), found (3,))");

  tensors.erase("fc.weight");
  write_bare(file, tensors);
  CHECK(refusal(file) == file.string() +
                             ": without metadata that describe the model, expected a tensor "
                             "fc.weight, found none");
  write_bare(file, {{"weight", init::zeros({2, 2})}});
  CHECK(refusal(file) ==
        file.string() +
            ": without metadata that describe the model, expected a tensor lstm.weight_ih_l0, "
            "gru.weight_ih_l0 or rnn.weight_ih_l0, found none of them");
  write_bare(file, {{"gru.weight_ih_l0", init::zeros({2})}, {"fc.weight", init::zeros({2, 2})}});
  CHECK(refusal(file) == file.string() +
                             ": without metadata that describe the model, expected "
                             "gru.weight_ih_l0 to be a matrix, found (2,)");
  // A layer number that nobody has must not be asked for.
  write_bare(file, {{"rnn.weight_ih_l0", init::zeros({2, 2})},
                    {"rnn.weight_ih_l99999999", init::zeros({2, 2})},
                    {"fc.weight", init::zeros({2, 2})}});
  CHECK(refusal(file) == file.string() +
                             ": without metadata that describe the model, expected layers from 1 "
                             "to 100, found 100000000");
}
