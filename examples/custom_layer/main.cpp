// The command line of scanline, with one more model to choose from.

#include "peephole_classifier.hpp"
#include "scanline/train/command_line.hpp"

int main(int argc, char** argv) {
  scanline::train::Catalogue catalogue = scanline::train::built_in();
  catalogue.models.add(scanline::models::Registry::entry<custom_layer::PeepholeClassifier>(
      "peephole", "LSTM with peepholes over the rows, pooled by attention"));
  // [onnx operators]
  // For `export --format onnx`.
  catalogue.onnx_operators = {{"softsign", "Softsign"}};
  // [onnx operators]
  return scanline::train::main(argc, argv, catalogue);
}
