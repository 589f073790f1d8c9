// Classifies a picture of a digit with a trained model.
//
//   predict MODEL PICTURE    for example: predict runs/bilstm-1 digit.png

#include <iostream>

#include "scanline/framework/core/error.hpp"
#include "scanline/predict/predictor.hpp"

int main(int argc, char** argv) try {
  if (argc != 3) throw scanline::Error("usage: predict MODEL PICTURE");
  const scanline::Predictor predictor(argv[1]);
  const scanline::Prediction digit = predictor.predict(argv[2]);
  const auto index = static_cast<std::size_t>(digit.class_index);
  std::cout << digit.class_name << "  " << digit.probabilities[index] << '\n';
} catch (const scanline::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
