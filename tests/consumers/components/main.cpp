// The command line of scanline, with one more component of each kind: a row for each.

#include <scanline/train/command_line.hpp>

#include "attention.hpp"
#include "inverse_root.hpp"
#include "lion.hpp"
#include "noise.hpp"
#include "robust.hpp"
#include "stripes.hpp"
#include "weigh.hpp"

int main(int argc, char** argv) {
  using namespace scanline;
  train::Catalogue all = train::built_in();
  all.models.add(all.models.entry<Attention>("attention", "self-attention over the rows"));
  all.optimizers.add(all.optimizers.entry<Lion>("lion", "steps by the sign of the gradient"));
  all.schedules.add(all.schedules.entry<InverseRoot>("inverse-root", "falls with the root"));
  all.losses.add(all.losses.entry<Robust>("robust", "wrong labels disturb it less"));
  all.datasets.add(all.datasets.entry<Stripes>("stripes", "stripes that lie or stand"));
  all.augmentations.add(all.augmentations.entry<Noise>("noise", "noise on each pixel"));
  all.commands.add(all.commands.entry<Weigh>("weigh", "Print the norms of a model's tensors"));
  all.recipes.add(train::recipe(
      "stripes", "what suits stripes",
      {{"dataset", "stripes"}, {"model", "attention"}, {"val-size", "80"}, {"epochs", "2"}}));
  return train::main(argc, argv, all);
}
