// Writes model.safetensors, a model with random weights, and digit.pgm, a picture of a one. The
// test of this example classifies the picture with the model.

#include <fstream>
#include <iostream>
#include <string>

#include "scanline/framework/core/error.hpp"
#include "scanline/models/registry.hpp"
#include "scanline/predict/model_file.hpp"

using namespace scanline;

int main() try {
  ModelDescription description;
  description.model = "bilstm";
  description.task = {.rows = 28, .columns = 28, .classes = 10};
  description.options = {{"hidden-size", "8"}, {"layers", "1"}, {"dropout", "0"}};
  description.preparation = datasets::PreparationKind::digit;
  for (int digit = 0; digit < 10; ++digit) description.class_names.push_back(std::to_string(digit));
  const auto network =
      models::built_in().choose(description.model, description.options)->make(description.task);
  save_model("model.safetensors", *network, description);

  std::ofstream picture("digit.pgm", std::ios::binary);
  picture << "P5\n40 60\n255\n";
  for (int row = 0; row < 60; ++row)
    for (int column = 0; column < 40; ++column)
      picture.put(row >= 10 && row < 50 && column >= 18 && column < 23 ? '\0' : '\xff');
} catch (const Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
