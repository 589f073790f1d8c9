#include "scanline/train/progress.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.hpp"
#include "tests/train/terminal.hpp"

using namespace scanline;
using Lines = std::vector<std::string>;

namespace {

const train::ProgressState state{.epoch = 2,
                                 .epochs = 10,
                                 .batch = 100,
                                 .batches = 400,
                                 .images = 12800,
                                 .seconds = 10,
                                 .loss = 0.25,
                                 .accuracy = 0.925,
                                 .learning_rate = 1e-3};

void check_parts(const std::string& line, const Lines& parts) {
  for (const std::string& part : parts) {
    INFO(part << " in " << line);
    CHECK(line.find(part) != std::string::npos);
  }
}

/// Until the bar may be drawn again.
void wait() { std::this_thread::sleep_for(std::chrono::milliseconds(110)); }

}  // namespace

TEST_CASE("durations read like a clock") {
  CHECK(train::format_duration(0.2) == "0:00");
  CHECK(train::format_duration(59.6) == "1:00");
  CHECK(train::format_duration(725) == "12:05");
  CHECK(train::format_duration(3723) == "1:02:03");
  CHECK(train::format_short_duration(12.4) == "12 s");
  CHECK(train::format_short_duration(59.6) == "1:00");
}

TEST_CASE("the progress bar fits any width and shows what matters most") {
  for (std::size_t width = 0; width < 200; ++width)
    CHECK(train::progress_bar(state, width).size() <= width);
  CHECK(train::progress_bar(state, 8) == "epoch 2/");
  CHECK(train::progress_bar(state, 20) == "epoch 2/10  [=     ]");
  // This is what a terminal of 80 columns shows.
  CHECK(train::progress_bar(state, 79) ==
        "epoch 2/10  [==        ]  loss 0.2500  30 s left in this epoch, 5:50 in the run");
  check_parts(train::progress_bar(state, 140),
              {"epoch 2/10", "[=======   ", "loss 0.2500", "accuracy 0.9250", "1280 images/s",
               "30 s left in this epoch, 5:50 in the run", "lr 0.001"});
  // However long the run is, there is a bar.
  train::ProgressState long_run = state;
  long_run.epoch = 100;
  long_run.epochs = 1000;
  long_run.seconds = 3600;
  CHECK(train::progress_bar(long_run, 79) ==
        "epoch 100/1000  [=====               ]  loss 0.2500  3:00:00 left in this epoch");
}

TEST_CASE("an evaluation has a bar too") {
  const train::EvaluationState half{.images = 2500, .count = 5000, .seconds = 3};
  CHECK(train::progress_bar("validation", half, 48) ==
        "validation  [===   ]  2500/5000 images  3 s left");
  for (std::size_t width = 0; width < 100; ++width)
    CHECK(train::progress_bar("validation", half, width).size() <= width);
}

TEST_CASE("lines are broken between parts, or else between words") {
  CHECK(train::wrapped("short", 10) == "short");
  CHECK(train::wrapped("loss 1 of 2  accuracy 1", 16) == "loss 1 of 2\n  accuracy 1");
  CHECK(train::wrapped("one two three four", 9) == "one two\n  three\n  four");
  CHECK(train::wrapped("in /a/very/long/path now", 9) == "in\n  /a/very/long/path\n  now");
  CHECK(train::wrapped("unbreakable ", 4) == "unbreakable ");
}

TEST_CASE("a bar leaves nothing on a terminal, however often it is drawn") {
  test::Terminal terminal(80, 10);
  {
    train::Progress progress(train::ProgressKind::bar);
    for (int i = 0; i < 3; ++i) {
      wait();
      progress.update(state);
      terminal.update();
      REQUIRE(terminal.screen.text() == Lines{train::progress_bar(state, 79)});
    }
    progress.line("the first line");
    terminal.update();
    CHECK(terminal.screen.text() == Lines{"the first line"});
    wait();
    progress.update(state);
  }
  terminal.update();
  CHECK(terminal.screen.text() == Lines{"the first line"});
}

TEST_CASE("a terminal that is made narrower keeps no bars") {
  test::Terminal terminal(80, 10);
  train::Progress progress(train::ProgressKind::bar);
  for (const char* line : {"one", "two", "three"}) progress.line(line);
  for (const std::size_t columns : std::vector<std::size_t>{79, 70, 60, 30}) {
    wait();
    progress.update(state);
    terminal.update();
    // tmux tells programs late, when they may have drawn a bar that is too wide.
    terminal.screen.resize(columns);
    wait();
    progress.update(state);
    terminal.update();
    CHECK(terminal.screen.text().size() == 4);
    terminal.announce(columns);
  }
  wait();
  progress.update(state);
  progress.line("loss 0.2500 accuracy 0.9250  val loss 0.1");
  terminal.update();
  CHECK(terminal.screen.text() ==
        Lines{"one", "two", "three", "loss 0.2500 accuracy 0.9250", "  val loss 0.1"});
}

TEST_CASE("a bar at the top of the screen does not fill the scrollback") {
  test::Terminal terminal(40, 4);
  train::Progress progress(train::ProgressKind::bar);
  for (int i = 0; i < 4; ++i) {
    wait();
    progress.update(state);
  }
  progress.line("end");
  terminal.update();
  CHECK(terminal.screen.text() == Lines{"end"});
}

TEST_CASE("an evaluation is shown when it takes longer than a second") {
  test::Terminal terminal(80, 10);
  train::Progress progress(train::ProgressKind::bar);
  wait();
  progress.update("test", {.images = 1, .count = 10, .seconds = 0.9});
  progress.update("test", {.images = 2, .count = 10, .seconds = 1.1});
  terminal.update();
  REQUIRE(terminal.screen.text().size() == 1);
  check_parts(terminal.screen.text()[0], {"test  [", "2/10 images", "4 s left"});
}
