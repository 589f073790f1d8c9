#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "scanline/framework/io/safetensors.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/pictures.hpp"
#include "tests/train/workspace.hpp"

using namespace scanline;
using test::is_one_line;
using test::run_scanline;
using test::two;
using test::Workspace;
namespace fs = std::filesystem;

namespace {

/// A workspace with a trained model in `run` and a picture in digit.png.
struct ModelWorkspace : Workspace {
  ModelWorkspace() {
    train("run", 1);
    write_picture(path() / "digit.png", two());
  }
  void train(const std::string& name, int seed) const {
    const test::Outcome run = run_scanline(
        path(),
        "train --dataset mnist --data data --hidden-size 8 --val-size 50 --batch-size 32 "
        "--epochs 2 --seed " +
            std::to_string(seed) + " --out " + name);
    INFO(run.err);
    REQUIRE(run.status == 0);
  }
};

}  // namespace

TEST_CASE("predict answers for each picture, and says which are none") {
  const ModelWorkspace space;
  write_picture(space.path() / "dark.jpg", inverted(two()));
  std::ofstream(space.path() / "notes.txt") << "text";

  const test::Outcome one = run_scanline(space.path(), "predict run digit.png");
  CHECK(one.status == 0);
  CHECK(one.err.empty());
  REQUIRE(is_one_line(one.out));
  CHECK_THAT(one.out, Matches("digit\\.png  [0-9]  [01]\\.[0-9]{4}\n"));

  const test::Outcome several =
      run_scanline(space.path(), "predict run/model.safetensors notes.txt dark.jpg digit.png");
  CHECK(several.status == 1);
  CHECK(is_one_line(several.err));
  CHECK(several.err.find("scanline: notes.txt: expected a PNG") == 0);
  CHECK(several.out.find("dark.jpg  ") == 0);
  CHECK(several.out.substr(several.out.find('\n') + 1) == one.out);

  const test::Outcome none = run_scanline(space.path(), "predict run notes.txt");
  CHECK(none.status == 1);
  CHECK(none.out.empty());
  CHECK(is_one_line(none.err));
}

TEST_CASE("predict gives all probabilities as JSON") {
  const ModelWorkspace space;
  const test::Outcome outcome =
      run_scanline(space.path(), "predict run --json none.png digit.png digit.png");
  CHECK(outcome.status == 1);
  const auto document = nlohmann::json::parse(outcome.out);
  REQUIRE(document["images"].size() == 2);
  for (const auto& image : document["images"]) {
    CHECK(image["file"] == "digit.png");
    const auto probabilities = image["probabilities"].get<std::vector<double>>();
    REQUIRE(probabilities.size() == 10);
    double sum = 0;
    for (const double p : probabilities) sum += p;
    CHECK(sum == Approx(1));
    const auto winner = std::max_element(probabilities.begin(), probabilities.end());
    CHECK(image["class"] == std::to_string(winner - probabilities.begin()));
  }
  CHECK(document["images"][0] == document["images"][1]);
}

TEST_CASE("predict prints other formats") {
  const ModelWorkspace space;
  fs::create_directories(space.path() / "all");
  for (const char* name : {"all/b.png", "all/a,1.png"})
    fs::copy_file(space.path() / "digit.png", space.path() / name);
  const auto predict = [&](const std::string& arguments) {
    return run_scanline(space.path(), "predict run " + arguments);
  };
  const test::Outcome csv = predict("all --format csv");
  CHECK(csv.status == 0);
  CHECK_THAT(csv.out, Matches("file,class,probability\n\"all/a,1\\.png\",[0-9],[01]\\.[0-9]+\n"
                              "all/b\\.png,[0-9],[01]\\.[0-9]+\n"));
  CHECK(predict("all --format json").out == predict("all --json").out);
  CHECK(predict("all --format json --json").status == 0);
  const test::Outcome lines = predict("all none.png --format jsonl");
  CHECK(lines.status == 1);
  std::istringstream text(lines.out);
  int count = 0;
  for (std::string line; std::getline(text, line); ++count)
    CHECK(nlohmann::json::parse(line)["probabilities"].size() == 10);
  CHECK(count == 2);
  for (const char* refused : {"all --json --format csv", "all --format csv --show", "- -",
                              "all --format cvs", "all --json --show"}) {
    const test::Outcome outcome = predict(refused);
    INFO(refused);
    CHECK(outcome.status == 2);
    CHECK(is_one_line(outcome.err));
  }
}

TEST_CASE("a submission to Kaggle has a prediction for each image, or is not printed") {
  const ModelWorkspace space;
  const test::Outcome whole =
      run_scanline(space.path(), "predict run data/t10k-images-idx3-ubyte --format kaggle");
  CHECK(whole.status == 0);
  CHECK(whole.out.find("ImageId,Label\n1,") == 0);
  CHECK(whole.out.find("\n100,") != std::string::npos);
  CHECK(std::count(whole.out.begin(), whole.out.end(), '\n') == 101);
  const test::Outcome part =
      run_scanline(space.path(), "predict run digit.png none.png digit.png --format kaggle");
  CHECK(part.status == 1);
  CHECK(part.out.empty());
  CHECK(part.err.find("--format kaggle: expected one prediction for each image") !=
        std::string::npos);
}

TEST_CASE("predict reads a picture from standard input") {
  const ModelWorkspace space;
  const test::Outcome named = run_scanline(space.path(), "predict run digit.png");
  const test::Outcome piped = run_scanline(space.path(), "predict run - < digit.png");
  CHECK(piped.status == 0);
  CHECK(piped.out == "-" + named.out.substr(std::string("digit.png").size()));
  const test::Outcome empty = run_scanline(space.path(), "predict run - < /dev/null");
  CHECK(empty.status == 1);
  CHECK(empty.err.find("scanline: standard input: expected a") == 0);
  CHECK(run_scanline(space.path(), "predict run - < .").status == 1);
}

TEST_CASE("the help of predict fits 80 columns") {
  const test::TemporaryDirectory directory;
  const test::Outcome help = run_scanline(directory.path(), "predict --help");
  std::istringstream text(help.out);
  for (std::string line; std::getline(text, line);) CHECK(line.size() <= 80);
  for (const char* option : {"MODEL", "INPUT", "--format", "--json", "--show", "--threads"})
    CHECK(help.out.find(option) != std::string::npos);
}

TEST_CASE("predictions do not depend on the number of threads") {
  const ModelWorkspace space;
  const std::string command = "predict run digit.png data/t10k-images-idx3-ubyte --format jsonl";
  CHECK(run_scanline(space.path(), command + " --threads 1").out ==
        run_scanline(space.path(), command + " --threads 3").out);
}

TEST_CASE("predict shows what the network sees") {
  const ModelWorkspace space;
  const test::Outcome outcome = run_scanline(space.path(), "predict run --show digit.png");
  CHECK(outcome.status == 0);
  // The upper bar of the two lies in rows 4 to 6: the third line shows two of them, the fourth one.
  std::istringstream lines(outcome.out.substr(outcome.out.find('\n') + 1));
  std::vector<std::string> drawn;
  for (std::string line; std::getline(lines, line);) drawn.push_back(line);
  REQUIRE(drawn.size() == 14);
  CHECK(drawn[1] == std::string(28, ' '));
  CHECK(drawn[2].find("██████████") != std::string::npos);
  CHECK(drawn[3].find("▀▀▀▀▀▀") != std::string::npos);
}

TEST_CASE("names from files cannot command a terminal") {
  const ModelWorkspace space;
  io::Safetensors model = io::read_safetensors(space.path() / "run/model.safetensors");
  model.metadata.erase("crc32");
  model.metadata["class_names"] = R"(["\u001b[2J","1\n2","\u009b2J","3","4","5","6","7","8","9"])";
  model.metadata["version"] = "\033]0;title\007";
  io::write_safetensors(space.path() / "escapes", model);
  fs::copy_file(space.path() / "digit.png", space.path() / "2\033[2J\n\xff.png");
  fs::create_directories(space.path() / "pictures/3");
  fs::copy_file(space.path() / "digit.png", space.path() / "pictures/3/two.png");
  std::ofstream(space.path() / "no\033picture") << "text";

  for (const std::string command :
       {"info escapes", "eval escapes --dataset folder --data pictures", "predict escapes *.png",
        "predict escapes no*", "predict escapes *.png --json",
        "eval escapes --dataset folder --data pictures --json"}) {
    const test::Outcome outcome = run_scanline(space.path(), command);
    INFO(command << ": " << outcome.out << outcome.err);
    CHECK(outcome.status == (command == "predict escapes no*" ? 1 : 0));
    for (const std::string& text : {outcome.out, outcome.err}) {
      CHECK(text.find('\033') == std::string::npos);
      CHECK(text.find("\u009b") == std::string::npos);
    }
    if (command.ends_with("--json")) CHECK(nlohmann::json::accept(outcome.out));
  }
  const std::string info = run_scanline(space.path(), "info escapes").out;
  CHECK(info.find("classes      \\x1b[2J, 1\\n2, \\xc2\\x9b2J, 3") != std::string::npos);
  CHECK(info.find("by scanline \\x1b]0;title\\x07\n") != std::string::npos);
  const std::string predicted = run_scanline(space.path(), "predict escapes *.png").out;
  CHECK(predicted.find("2\\x1b[2J\\n\\xff.png  ") == 0);
}

TEST_CASE("file names with brackets and dashes are taken as they are") {
  const ModelWorkspace space;
  fs::create_directory(space.path() / "pictures");
  fs::create_directory(space.path() / "pictures/3");
  for (const char* name : {"[seven]", "[a,b]", "[[c]]", "[]", "-x.png", "pictures/3/two.png"})
    fs::copy_file(space.path() / "digit.png", space.path() / name);
  fs::copy(space.path() / "run", space.path() / "[run]", fs::copy_options::recursive);
  fs::copy(space.path() / "pictures", space.path() / "[p,q]", fs::copy_options::recursive);

  const test::Outcome predicted =
      run_scanline(space.path(), "predict '[run]' --json '[seven]' '[a,b]' '[[c]]' '[]' -- -x.png");
  INFO(predicted.err);
  REQUIRE(predicted.status == 0);
  const auto images = nlohmann::json::parse(predicted.out)["images"];
  std::vector<std::string> names;
  for (const auto& image : images) names.push_back(image["file"]);
  CHECK(names == std::vector<std::string>{"[seven]", "[a,b]", "[[c]]", "[]", "-x.png"});

  CHECK(run_scanline(space.path(), "eval '[run]' --data data --save-logits '[l,m]'").status == 0);
  CHECK(fs::exists(space.path() / "[l,m]"));
  CHECK(run_scanline(space.path(), "eval run --dataset folder --data '[p,q]'").status == 0);
  CHECK(run_scanline(space.path(), "info '[run]'").status == 0);
  CHECK(run_scanline(space.path(), "predict run '[no]'").err ==
        "scanline: [no]: expected a PNG, JPEG, BMP, GIF, PBM, PGM or PPM picture, found none: No "
        "such file "
        "or directory\n");

  std::ofstream(space.path() / "[c,d]") << "epochs=1\nval-size=50\nhidden-size=8\n";
  fs::copy(space.path() / "data", space.path() / "[data]", fs::copy_options::recursive);
  const test::Outcome trained =
      run_scanline(space.path(),
                   "train --data '[data]' --config '[c,d]' --init '[run]/model.safetensors' "
                   "--out '[o,p]'");
  INFO(trained.err);
  CHECK(trained.status == 0);
  CHECK(fs::exists(space.path() / "[o,p]/model.safetensors"));
}

TEST_CASE("eval averages the probabilities of several models") {
  const ModelWorkspace space;
  space.train("other", 2);
  const auto logits = [&](const std::string& models) {
    const test::Outcome outcome = run_scanline(
        space.path(), "eval " + models + " --ensemble --data data --save-logits logits");
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return io::read_safetensors(space.path() / "logits").tensors.at("logits");
  };
  const auto probability = [](const Array& of, Index row, Index c) {
    double sum = 0;
    for (Index k = 0; k < 10; ++k) sum += std::exp(of.at(row * 10 + k));
    return std::exp(of.at(row * 10 + c)) / sum;
  };
  const Array first = logits("run"), second = logits("other"), both = logits("run other");
  for (Index row = 0; row < 100; ++row)
    for (Index c = 0; c < 10; ++c)
      CHECK(probability(both, row, c) ==
            Approx((probability(first, row, c) + probability(second, row, c)) / 2));
}

TEST_CASE("eval reads pictures from folders named after their class") {
  const ModelWorkspace space;
  fs::create_directories(space.path() / "pictures/2");
  write_picture(space.path() / "pictures/2/two.png", two());
  const test::Outcome outcome =
      run_scanline(space.path(), "eval run --dataset folder --data pictures --json");
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto document = nlohmann::json::parse(outcome.out);
  CHECK(document["total"] == 1);
  CHECK(document["classes"][2]["support"] == 1);

  const test::Outcome unnamed = run_scanline(space.path(), "eval run --dataset folder");
  CHECK(unnamed.status == 1);
  CHECK(is_one_line(unnamed.err));
}
