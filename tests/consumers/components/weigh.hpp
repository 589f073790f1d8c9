#pragma once

#include <cmath>
#include <cstdio>
#include <scanline/predict/model_file.hpp>
#include <scanline/train/catalogue.hpp>

/// The subcommand `weigh MODEL`: prints the norm of each tensor of a model.
// [subcommand]
class Weigh : public scanline::train::Command {
 public:
  explicit Weigh(const scanline::train::Catalogue& catalogue) : catalogue_(catalogue) {}
  void declare(scanline::Fields& fields) override {
    fields.add_positional("MODEL", model_, "Run directory or .safetensors file");
    fields.add("digits", digits_, {0, 9}, "Digits after the point");
  }
  int run() override {
    const auto loaded = scanline::load_model(model_, catalogue_.models);
    for (const auto& [name, array] : loaded.network->state_dict()) {
      double sum = 0;
      for (scanline::Index i = 0; i < array.size(); ++i) sum += array.at(i) * array.at(i);
      std::printf("%s %.*f\n", name.c_str(), digits_, std::sqrt(sum));
    }
    return 0;
  }

 private:
  const scanline::train::Catalogue& catalogue_;
  std::string model_;
  int digits_ = 3;
};
// [subcommand]
