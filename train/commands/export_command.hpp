#pragma once

#include <string>

#include "scanline/predict/model_file.hpp"
#include "scanline/train/catalogue.hpp"

namespace scanline::train {

/// The options of `scanline export`.
struct ExportOptions {
  std::string model;         // run directory or safetensors file
  std::string format = "c";  // of the files to write
  std::string out;           // the file to write; a header of C is beside it
  bool int8 = false;         // C: store weights as 8-bit integers
  bool with_main = false;    // C: add a program
};

/// `scanline export`: writes a trained model in the format of another program.
class ExportCommand : public Command {
 public:
  /// The command refers to the catalogue, which has to outlive it.
  explicit ExportCommand(const Catalogue& catalogue) : catalogue_(catalogue) {}
  void declare(Fields& fields) override;
  int run() override;

 private:
  /// The model to write.
  LoadedModel load() const;
  void write_c() const;
  void write_onnx() const;

  const Catalogue& catalogue_;
  ExportOptions options_;
};

}  // namespace scanline::train
