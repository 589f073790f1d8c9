#include "scanline/train/progress.hpp"

#include "tests/catch.hpp"

using namespace scanline;

TEST_CASE("durations read like a clock") {
  CHECK(train::format_duration(0.2) == "0:00");
  CHECK(train::format_duration(59.6) == "1:00");
  CHECK(train::format_duration(725) == "12:05");
  CHECK(train::format_duration(3723) == "1:02:03");
}

TEST_CASE("the progress bar fits any width and shows what matters most") {
  const train::ProgressState state{.epoch = 2,
                                   .epochs = 10,
                                   .batch = 100,
                                   .batches = 400,
                                   .images = 12800,
                                   .seconds = 10,
                                   .loss = 0.25,
                                   .accuracy = 0.925,
                                   .learning_rate = 1e-3};
  for (std::size_t width = 0; width < 200; ++width)
    CHECK(train::progress_bar(state, width).size() <= width);
  CHECK(train::progress_bar(state, 20) == "epoch 2/10  25%");
  const std::string wide = train::progress_bar(state, 140);
  for (const char* part : {"epoch 2/10", " 25%", "[=======    ", "loss 0.2500", "accuracy 0.9250",
                           "1280 images/s", "left 0:30", "run 5:50", "lr 0.001"}) {
    INFO(part << " in " << wide);
    CHECK(wide.find(part) != std::string::npos);
  }
}

TEST_CASE("a bar is erased wherever the terminal has wrapped it to") {
  CHECK(train::erasure(0, 80).empty());
  CHECK(train::erasure(79, 80) == "\r\033[J");
  CHECK(train::erasure(40, 40) == "\r\033[J");
  CHECK(train::erasure(79, 30) == "\r\033[2A\033[J");
}
