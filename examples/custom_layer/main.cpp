// The command line of scanline, with one more model to choose from.

#include <memory>

#include "peephole_classifier.hpp"
#include "scanline/train/command_line.hpp"

int main(int argc, char** argv) {
  scanline::models::Table table = scanline::models::built_in();
  table.push_back({"peephole", "LSTM with peepholes over the rows, pooled by attention",
                   [](const scanline::models::Options& options) {
                     return std::make_unique<custom_layer::PeepholeClassifier>(options);
                   }});
  return scanline::train::main(argc, argv, table);
}
