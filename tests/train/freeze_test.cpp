#include "scanline/train/freeze.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/io/safetensors.hpp"
#include "scanline/models/registry.hpp"
#include "tests/catch.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/train/runs.hpp"
#include "tests/train/small_run.hpp"

using namespace scanline;
using test::run_scanline;
using test::steady;
using test::Workspace;

namespace {

std::vector<std::string> names_to_train(const nn::Module& network) {
  std::vector<std::string> names;
  for (const nn::NamedTensor& parameter : network.named_parameters())
    if (parameter.tensor.requires_grad()) names.push_back(parameter.name);
  return names;
}

}  // namespace

TEST_CASE("patterns freeze the parameters whose names match") {
  const auto network = [] {
    return models::built_in().choose("lstm", {{"hidden-size", "3"}})->make({});
  };
  const std::vector<std::string> head{"fc.weight", "fc.bias"};
  for (const std::string pattern : {"lstm.*", "*_l0", "lstm.weight*,lstm.bias_[ih]h_l0"}) {
    const auto frozen = network();
    train::freeze(*frozen, pattern);
    INFO(pattern);
    CHECK(names_to_train(*frozen) == head);
    CHECK(train::trained_parameters(*frozen).size() == 2);
  }
  const auto one = network();
  train::freeze(*one, "fc.bias");
  CHECK(names_to_train(*one).size() == 5);

  CHECK_THROWS_WITH(train::freeze(*network(), "fc.bias,gru.*"),
                    "--freeze: expected the name of a parameter or a pattern such as 'lstm.*', "
                    "found 'gru.*'; the parameters are lstm.weight_ih_l0, lstm.weight_hh_l0, "
                    "lstm.bias_ih_l0, lstm.bias_hh_l0, fc.weight, fc.bias");
  CHECK_THROWS_WITH(train::freeze(*network(), "*"),
                    "--freeze *: expected a parameter that is left to train, found none");
}

TEST_CASE("the gradients of the other parameters are those without frozen ones") {
  const auto gradients = [](const std::string& pattern) {
    set_default_random_state({.seed = 5});
    const auto network = models::built_in()
                             .choose("bilstm", {{"hidden-size", "3"}})
                             ->make({.rows = 4, .columns = 2});
    if (!pattern.empty()) train::freeze(*network, pattern);
    const Tensor images(test::random_array({5, 4, 2}).to(DType::float32));
    train::CrossEntropy({})(network->forward(images), test::indices({0, 1, 2, 3, 4})).backward();
    NamedArrays result;
    for (const nn::NamedTensor& parameter : network->named_parameters())
      if (parameter.tensor.grad().defined())
        result.emplace(parameter.name, parameter.tensor.grad());
    return result;
  };
  const NamedArrays all = gradients("");
  for (const std::string pattern : {"lstm.*", "fc.*", "*.weight*", "lstm.weight_ih_l0"}) {
    const NamedArrays some = gradients(pattern);
    INFO(pattern);
    CHECK(!some.empty());
    CHECK(some.size() < all.size());
    for (const auto& [name, gradient] : some) CHECK(test::distance(gradient, all.at(name)) == 0);
  }
}

TEST_CASE("frozen parameters stay as they are, bit for bit, and a run with them is resumed") {
  const Workspace space;
  REQUIRE(run_scanline(space.path(), steady + "--epochs 1 --out start").status == 0);
  const std::string options =
      steady +
      "--init start --freeze 'lstm.*' --weight-decay 0.5 --ema 0.9 --clip-norm 0.1 "
      "--epochs 2 ";
  REQUIRE(run_scanline(space.path(), options + "--out run").status == 0);
  const auto tensors = [&](const char* run) {
    return io::read_safetensors(space.path() / run / "model.safetensors").tensors;
  };
  const NamedArrays before = tensors("start"), after = tensors("run");
  for (const auto& [name, array] : before) {
    INFO(name);
    CHECK((test::distance(array, after.at(name)) == 0) == name.starts_with("lstm."));
  }

  REQUIRE(run_scanline(space.path(), options + "--max-steps 15 --out cut").status == 0);
  const test::Outcome resumed = run_scanline(space.path(), "train --resume cut --max-steps 0");
  INFO(resumed.err);
  REQUIRE(resumed.status == 0);
  test::check_same_run(space.path() / "run", space.path() / "cut");

  const test::Outcome refused =
      run_scanline(space.path(), steady + "--freeze 'gru.*' --epochs 1 --out wrong");
  CHECK(refused.status == 1);
  CHECK(test::is_one_line(refused.err));
  CHECK_FALSE(std::filesystem::exists(space.path() / "wrong"));
}
