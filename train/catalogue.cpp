#include "scanline/train/catalogue.hpp"

namespace scanline::train {

Catalogue built_in() {
  return {.datasets = datasets::built_in(),
          .formats = datasets::built_in_formats(),
          .augmentations = datasets::built_in_augmentations(),
          .models = models::built_in(),
          .optimizers = optim::optimizers(),
          .schedules = optim::schedules(),
          .losses = losses(),
          .recipes = built_in_recipes(),
          .commands = built_in_commands()};
}

}  // namespace scanline::train
