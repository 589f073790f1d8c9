#include "scanline/train/callbacks/progress_line.hpp"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/train/runs.hpp"
#include "tests/train/terminal.hpp"

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

TEST_CASE("at 80 columns every line fits, and the bar is one") {
  const test::Workspace space;
  const std::string shown = test::run_in_terminal(
      80, "cd '" + space.path().string() + "' && TERM=xterm '" SCANLINE_BINARY "' " + test::tiny +
              "--epochs 12 --batch-size 8 --ema 0.99 --model rowcol --out "
              "a/directory/with/a/long/name");
  // Each line that stays ends in "\r\n"; what was drawn before in its place, in "\r".
  std::size_t bars = 0, epochs = 0, longest = 0;
  std::istringstream lines(shown);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream drawn(line);
    for (std::string part; std::getline(drawn, part, '\r');) {
      const bool is_bar = part.find("  [") != std::string::npos;
      if (is_bar) CHECK(part.find(" left in this epoch, ") != std::string::npos);
      bars += is_bar ? 1U : 0U;
      const std::size_t begin = part.rfind("\033[K");
      const std::string text = begin == std::string::npos ? part : part.substr(begin + 3);
      if (!is_bar) longest = std::max(longest, text.size());
      epochs += text.starts_with("epoch ") && !is_bar ? 1U : 0U;
    }
  }
  INFO(shown);
  CHECK(bars > 0);
  CHECK(epochs == 12);
  CHECK(longest <= 80);
  CHECK(shown.find("\r\ntest accuracy ") != std::string::npos);
}
