#include "scanline/train/callbacks/progress_line.hpp"

#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/train/runs.hpp"

using namespace scanline;

TEST_CASE("each epoch has a line, and the reason for an early end comes after the last of them") {
  const test::Workspace space;
  // With a vanishing learning rate nothing gets better.
  const test::Outcome run = test::run_scanline(
      space.path(), test::steady +
                        "--model mlp --lr 1e-12 --dropout 0 --epochs 9 --patience 1 "
                        "--min-delta 0.01 --progress plain --out run");
  REQUIRE(run.status == 0);
  std::vector<std::string> lines;
  std::istringstream text(run.err);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  REQUIRE(lines.size() > 4);
  const std::string time = "[0-2][0-9]:[0-5][0-9]:[0-6][0-9] ";
  const std::string figures =
      "  loss [0-9.]+ accuracy [0-9.]+  val loss [0-9.]+ accuracy [0-9.]+"
      "  [0-9]+:[0-9]+  [0-9]+ images/s";
  CHECK_THAT(lines[0], Matches(time + "mlp with .*"));
  CHECK_THAT(lines[1], Matches(time + "350 images .*"));
  CHECK_THAT(lines[2], Matches(time + "epoch 1/9" + figures));
  CHECK_THAT(lines[3], Matches(time + "epoch 2/9" + figures));
  CHECK_THAT(lines[4], Matches(time + "stopped early: val_loss has not improved for 1 epoch"));
}
