#include "scanline/train/report/report.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/nn/linear.hpp"
#include "scanline/train/report/detail/markup.hpp"
#include "scanline/train/report/detail/mistakes.hpp"
#include "scanline/train/report/plot.hpp"
#include "scanline/train/report/sample_sheet.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/framework/core/arrays.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/run_scanline.hpp"

using namespace scanline;
using namespace scanline::train;
using test::decode_png;
namespace fs = std::filesystem;

namespace {

using Rgb = std::array<int, 3>;
constexpr Rgb white{255, 255, 255}, blue{0, 114, 178}, vermilion{213, 94, 0};

/// The colour at a place that is given in points, of which a pixel is a half.
Rgb colour_at(const Picture& picture, double x, double y) {
  const test::Picture decoded = decode_png(picture.png);
  const auto pixel =
      static_cast<std::size_t>(3 * (std::lround(2 * y) * decoded.width + std::lround(2 * x)));
  return {decoded.values[pixel], decoded.values[pixel + 1], decoded.values[pixel + 2]};
}

bool shows(const Picture& picture, const std::string& text) {
  return picture.svg.find(">" + text + "</text>") != std::string::npos;
}

/// The number behind `key` in the SVG, from `begin` on.
double number_behind(const Picture& picture, const std::string& key, std::size_t begin = 0) {
  const std::size_t found = picture.svg.find(key, begin);
  REQUIRE(found != std::string::npos);
  return std::stod(picture.svg.substr(found + key.size()));
}

/// Where a picture has a text: what its element is moved by.
std::pair<double, double> place_of(const Picture& picture, const std::string& text) {
  const std::size_t end = picture.svg.find(">" + text + "</text>");
  REQUIRE(end != std::string::npos);
  const std::size_t begin = picture.svg.rfind("translate(", end);
  return {number_behind(picture, "(", begin), number_behind(picture, " ", begin)};
}

/// Whether every tag of the SVG is closed, and both formats have the same size.
void check_whole(const Picture& picture) {
  std::vector<std::string> open;
  for (std::size_t begin = 0; (begin = picture.svg.find('<', begin)) != std::string::npos;) {
    const std::size_t end = picture.svg.find('>', begin);
    REQUIRE(end != std::string::npos);
    const std::string tag = picture.svg.substr(begin + 1, end - begin - 1);
    begin = end;
    if (tag.front() == '/') {
      REQUIRE(!open.empty());
      CHECK("/" + open.back() == tag);
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
  }
  CHECK(open.empty());
  const test::Picture decoded = decode_png(picture.png);
  CHECK(std::abs(decoded.width - 2 * number_behind(picture, " width=\"")) < 1);
  CHECK(std::abs(decoded.height - 2 * number_behind(picture, " height=\"")) < 1);
}

EpochFigures epoch(Index number, double train_loss) {
  return {.epoch = number,
          .train_loss = train_loss,
          .train_accuracy = 0.9,
          .val_loss = 0.5,
          .val_accuracy = 0.99,
          .learning_rate = 0.01,
          .seconds = 1,
          .images_per_second = 100};
}

/// Three images of 2 x 2 pixels and three classes. The first is taken for what it is, the second
/// and third are not, the third more certainly.
struct Answered {
  Answered() {
    images.name = "three";
    images.count = 3;
    images.rows = images.columns = 2;
    images.pixels = {0, 0, 0, 0, 255, 255, 255, 255, 0, 255, 255, 0};
    images.labels = {0, 1, 2};
    images.class_names = {"0", "1", "<2>"};
  }
  datasets::Dataset images;
  Answers answers{test::array<float>({5, 0, 0, 1, 0, 0, 0, 9, 0}, {3, 3}),
                  test::indices({0, 1, 2})};
};

}  // namespace

TEST_CASE("learning curves go through their values") {
  const Picture picture = learning_curves({epoch(1, 1), epoch(2, 0.5), epoch(3, 0.25)});
  check_whole(picture);
  for (const char* text : {"loss", "accuracy", "learning rate", "epoch", "training", "validation"})
    CHECK(shows(picture, text));
  // The second epoch lies in the middle of the panel, and the losses 0.5 on their tick. Halves are
  // all the same distance apart.
  const double x = place_of(picture, "2").first, y = place_of(picture, "0.5").second;
  const double half = (place_of(picture, "0.2").second - y) / std::log2(0.5 / 0.2);
  CHECK(colour_at(picture, x, y) == vermilion);  // drawn last, above the training's
  CHECK(colour_at(picture, place_of(picture, "3").first, y + half) == blue);
  CHECK(colour_at(picture, x, y - 0.5 * half) == white);
  const Picture again = learning_curves({epoch(1, 1), epoch(2, 0.5), epoch(3, 0.25)});
  CHECK(again.svg == picture.svg);
  CHECK(again.png == picture.png);
}

TEST_CASE("learning curves are drawn of whatever there is") {
  check_whole(learning_curves({}));
  check_whole(learning_curves({epoch(7, 2)}));
  EpochFigures broken = epoch(2, NAN);
  broken.val_loss = broken.val_accuracy = broken.learning_rate = std::nullopt;
  broken.train_accuracy = 1;
  const Picture without = learning_curves({broken});
  check_whole(without);
  CHECK_FALSE(shows(without, "validation"));
  CHECK_FALSE(shows(without, "learning rate"));
  check_whole(learning_curves({epoch(1, 1), broken, epoch(3, 1e9)}));
  std::vector<EpochFigures> many;
  for (Index i = 1; i <= 200; ++i) many.push_back(epoch(i, 1.0 / static_cast<double>(i)));
  const Picture long_run = learning_curves(many);
  check_whole(long_run);
  CHECK(shows(long_run, "200"));
  CHECK_FALSE(shows(long_run, "199"));
}

TEST_CASE("epochs are read from the metrics") {
  const std::vector<EpochFigures> epochs = read_epochs(
      "{\"kind\":\"step\",\"loss\":1}\nnonsense\n"
      "{\"kind\":\"epoch\",\"epoch\":4,\"train_loss\":null,\"val_loss\":null,\"learning_rate\":0.5}"
      "\n");
  REQUIRE(epochs.size() == 1);
  CHECK(epochs[0].epoch == 4);
  CHECK(std::isnan(epochs[0].train_loss));
  CHECK_FALSE(epochs[0].val_loss.has_value());
  CHECK(epochs[0].learning_rate == 0.5);
}

TEST_CASE("the curves of several runs are told apart in one picture") {
  std::vector<ComparedRun> runs{{"first", {epoch(1, 1), epoch(2, 0.5)}},
                                {"second", {epoch(1, 1), epoch(2, 0.5), epoch(3, 0.25)}}};
  for (EpochFigures& figures : runs[1].epochs) {
    figures.val_loss = *figures.val_loss / 2;
    figures.val_accuracy = 0.995;
  }
  const Picture picture = compared_curves(runs);
  check_whole(picture);
  for (const char* text : {"loss", "accuracy", "On validation", "first  (accuracy 0.9900)",
                           "second  (accuracy 0.9950)", "3"})
    CHECK(shows(picture, text));
  // The loss of each lies on its tick.
  const double x = place_of(picture, "2").first;
  CHECK(colour_at(picture, x, place_of(picture, "0.5").second) == blue);
  CHECK_FALSE(colour_at(picture, place_of(picture, "3").first, place_of(picture, "0.5").second) ==
              blue);

  for (EpochFigures& figures : runs[1].epochs) figures.val_loss = figures.val_accuracy = {};
  CHECK(shows(compared_curves(runs), "second  (training accuracy 0.9000)"));
  check_whole(compared_curves({}));
  check_whole(compared_curves({{"without epochs", {}}}));
  CHECK_NOTHROW(compared_curves(std::vector<ComparedRun>(most_compared_runs, runs[0])));
  CHECK_THROWS_AS(compared_curves(std::vector<ComparedRun>(most_compared_runs + 1, runs[0])),
                  Error);
}

TEST_CASE("a confusion matrix has counts, shades and recalls") {
  const Picture picture = confusion_matrix({{98, 2}, {40, 60}}, {"cat", "dog"});
  check_whole(picture);
  for (const char* text : {"cat", "dog", "98", "60", "98.0 %", "60.0 %", "predicted", "true"})
    CHECK(shows(picture, text));
  // Beside the digits of its count, the largest error has the strongest orange there is.
  const auto [x, y] = place_of(picture, "40");
  CHECK(colour_at(picture, x - 18, y - 18) == vermilion);
  CHECK(colour_at(picture, place_of(picture, "60").first - 18, y - 18)[2] > 200);
  check_whole(confusion_matrix({{0, 0}, {0, 0}}, {"a very long name", "b"}));
}

TEST_CASE("the most certain mistakes come first") {
  Answered three;
  const Picture picture = worst_mistakes(three.answers, three.images);
  check_whole(picture);
  CHECK(shows(picture, "Mistakes in 3 images"));
  const std::string probability = fmt::format("{:.2f}", std::exp(1.0) / (std::exp(1.0) + 2));
  const std::size_t certain = picture.svg.find("said 1 (1.00)");
  const std::size_t doubtful = picture.svg.find("said 0 (" + probability + ")");
  CHECK(certain != std::string::npos);
  CHECK(doubtful != std::string::npos);
  CHECK(certain < doubtful);
  CHECK(picture.svg.find("&lt;2&gt;") != std::string::npos);

  three.answers.logits = test::array<float>({5, 0, 0, 0, 5, 0, 0, 0, 5}, {3, 3});
  CHECK(shows(worst_mistakes(three.answers, three.images), "none"));
  three.images.count = 2;
  CHECK_THROWS_AS(worst_mistakes(three.answers, three.images), Error);
}

TEST_CASE("the worst mistakes are there for programs, with all probabilities") {
  Answered three;
  const auto mistakes = nlohmann::json::parse(mistakes_json(three.answers, three.images));
  CHECK(mistakes.at("total") == 3);
  CHECK(mistakes.at("count") == 2);
  CHECK(mistakes.at("classes") == nlohmann::json(three.images.class_names));
  const nlohmann::json& worst = mistakes.at("worst");
  REQUIRE(worst.size() == 2);
  CHECK(worst[0].at("answer") == 1);
  const auto probabilities = worst[1].at("probabilities").get<std::vector<double>>();
  REQUIRE(probabilities.size() == 3);
  CHECK(probabilities[worst[1].at("answer").get<std::size_t>()] ==
        Approx(std::exp(1.0) / (std::exp(1.0) + 2)));
  CHECK(probabilities[0] + probabilities[1] + probabilities[2] == Approx(1));
  const nlohmann::json& image = worst[0].at("image");
  REQUIRE(image.size() == static_cast<std::size_t>(three.images.rows));
  CHECK(image[0].size() == static_cast<std::size_t>(three.images.columns));
}

TEST_CASE("input weights are drawn gate by gate") {
  NamedArrays weights;
  for (const std::string suffix : {"", "_reverse"}) {
    weights.emplace("lstm.weight_ih_l0" + suffix, Array::zeros({8, 3}, DType::float32));
    weights.emplace("lstm.weight_hh_l0" + suffix, Array::zeros({8, 2}, DType::float32));
  }
  weights.at("lstm.weight_ih_l0").data<float>()[0] = 2;
  weights.at("lstm.weight_ih_l0").data<float>()[1] = -1;
  const std::optional<Picture> picture = input_weights(weights);
  REQUIRE(picture);
  check_whole(*picture);
  for (const char* text : {"forget gate", "output gate", "lstm.weight_ih_l0_reverse", "+2", "-2"})
    CHECK(shows(*picture, text));
  // Half of the largest magnitude, below 0, is the pure blue; the second of three inputs.
  const auto [left, top] = place_of(*picture, "input gate");
  CHECK(colour_at(*picture, left + 168 / 2.0, top + 14 + 20) == blue);
  CHECK(colour_at(*picture, left + 168 * 5 / 6.0, top + 14 + 20) == white);
  CHECK_FALSE(input_weights({{"fc.weight", Array({2, 2}, DType::float32)}}));
}

TEST_CASE("text cannot break out of its place") {
  CHECK(escape_markup("<a href='x'>\"&\x01") == "&lt;a href=&#39;x&#39;&gt;&quot;&amp; ");
}

TEST_CASE("a report is one page that needs nothing else") {
  const Answered three;
  const nn::Linear network(4, 3);
  const ModelDescription description{.model = "m<odel",
                                     .task = {.rows = 2, .columns = 2, .classes = 3},
                                     .options = {},
                                     .class_names = three.images.class_names,
                                     .dataset = "three",
                                     .version = "1"};
  const RunResults results{.description = description,
                           .network = network,
                           .config = "out = \"</pre><script>\"",
                           .options = {{"augment", "affine"}},
                           .epochs = {epoch(1, 1), epoch(2, 0.5)},
                           .split = "test",
                           .samples = sample_sheet(three.images, {0, 1})};
  const test::TemporaryDirectory directory;
  write_report(directory.path(), results, {three.images, three.answers});
  for (const char* file : {"learning_curves", "confusion_matrix", "worst_mistakes", "samples"})
    for (const char* type : {".svg", ".png"})
      CHECK(fs::exists(directory.path() / (std::string(file) + type)));
  CHECK_FALSE(fs::exists(directory.path() / "input_weights.svg"));

  const std::string page = test::read_file(directory.path() / "report.html");
  CHECK(page.find("33.33 % of 3 test images") != std::string::npos);
  CHECK(page.find("Training images") != std::string::npos);
  CHECK(page.find("m&lt;odel on three") != std::string::npos);
  CHECK(page.find("&lt;/pre&gt;&lt;script&gt;") != std::string::npos);
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("src=") == std::string::npos);
  for (std::size_t at = 0; (at = page.find("href=\"", at + 1)) != std::string::npos;)
    CHECK(page.compare(at, 11, "href=\"data:") == 0);
  for (const char* rule : {"default-src 'none'", "base-uri 'none'", "form-action 'none'"})
    CHECK(page.find(rule) != std::string::npos);

  CHECK_THROWS_WITH(write_report(directory.path() / "gone", results, {three.images, three.answers}),
                    ContainsSubstring("learning_curves.svg: cannot be written"));
}
