#include "scanline/datasets/csv.hpp"

#include <zlib.h>

#include <algorithm>
#include <fstream>

#include "scanline/datasets/registry.hpp"
#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using datasets::Csv;
using datasets::Dataset;
using datasets::ImageSize;
using datasets::Label;
using datasets::Part;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;
using Bytes = std::vector<std::uint8_t>;

void write(const fs::path& file, const std::string& text) {
  if (file.extension() != ".gz") {
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  const gzFile out = gzopen(file.c_str(), "wb");
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
}

Dataset load(const fs::path& path, Part part = Part::train, const Csv::Options& options = {},
             const std::optional<ImageSize>& size = {}) {
  return Csv({.directory = path, .image_size = size}, options).load(part);
}

/// What loading is refused with, without the path that it begins with.
std::string refusal(const fs::path& path, Part part = Part::train, const Csv::Options& options = {},
                    const std::optional<ImageSize>& size = {}) {
  try {
    load(path, part, options, size);
  } catch (const Error& error) {
    const std::string text = error.what();
    CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c < 0 || c >= ' '; }));
    REQUIRE(text.rfind(path.string(), 0) == 0);
    return text.substr(path.string().size());
  }
  return {};
}

/// A file of this text, and what reading it gives.
struct File {
  test::TemporaryDirectory directory = {};
  fs::path path = directory.path() / "train.csv";

  Dataset load(const std::string& text, const Csv::Options& options = {},
               const std::optional<ImageSize>& size = {}) const {
    write(path, text);
    return ::load(path, Part::train, options, size);
  }
  std::string refusal(const std::string& text, const Csv::Options& options = {},
                      const std::optional<ImageSize>& size = {}) const {
    write(path, text);
    return ::refusal(path, Part::train, options, size);
  }
};

/// A set of images, written in a random style.
struct RandomFile {
  std::string text = {}, extension = {};
  Csv::Options options = {};
  std::optional<ImageSize> size = {};
  Bytes pixels = {};
  Names labels = {};
  Index rows = 0, columns = 0;
};

RandomFile draw(Random& random) {
  const auto one_in = [&](Index n) { return random.below(n) == 0; };
  RandomFile file{.rows = 1 + random.below(6), .columns = 1 + random.below(6)};
  if (file.rows != file.columns || one_in(2)) file.size = {file.rows, file.columns};
  const bool tabs = one_in(2), texts = one_in(2), header = one_in(2), crlf = one_in(2);
  file.extension = std::string(tabs ? ".tsv" : ".csv") + (one_in(2) ? ".gz" : "");
  const std::string end = crlf ? "\r\n" : "\n", separator = tabs ? "\t" : ",";
  const Index pixels = file.rows * file.columns, label = random.below(pixels + 1);
  const auto put = [&](Index column, const std::string& field) {
    const std::string spaces(static_cast<std::size_t>(random.below(2)), ' ');
    file.text += (column == 0 ? "" : separator) + spaces;
    std::string quoted;
    for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
    const bool needs = field.find_first_of("\",\t") != std::string::npos;
    file.text += (needs || one_in(8) ? "\"" + quoted + "\"" : field) + spaces;
  };
  if (one_in(2)) file.text += "\xef\xbb\xbf";
  if (header) {
    for (Index c = 0; c <= pixels; ++c) put(c, c == label ? "Target" : "pixel" + std::to_string(c));
    file.text += end;
    if (one_in(2)) file.options.label_column = "Target";
  } else if (label == pixels && one_in(2)) {
    file.options.label_column = "last";
  } else if (label > 0 || one_in(2)) {
    file.options.label_column = std::to_string(label + 1);
  }
  const Names words{"cat", "a \"dog\"", "x, y", "\xc3\xa4", "y"};
  for (Index n = 1 + random.below(9); n > 0; --n) {
    file.labels.push_back(texts ? words[static_cast<std::size_t>(random.below(5))]
                                : std::to_string(random.below(30) - 3));
    for (Index c = 0; c <= pixels; ++c) {
      if (c != label) file.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
      put(c, c == label ? file.labels.back() : std::to_string(file.pixels.back()));
    }
    if (n > 1 || one_in(2)) file.text += end;
  }
  for (Index n = random.below(3); n > 0; --n) file.text += end;
  return file;
}

}  // namespace

TEST_CASE("CSV files in any style are read") {
  Random random(1, Purpose::user);
  const test::TemporaryDirectory directory;
  for (int round = 0; round < 400; ++round) {
    const RandomFile file = draw(random);
    const fs::path path = directory.path() / ("file" + file.extension);
    write(path, file.text);
    INFO(file.text << "\nlabels in " << file.options.label_column);
    const Dataset set = load(path, Part::train, file.options, file.size);
    CHECK(set.name == "csv");
    CHECK(set.rows == file.rows);
    CHECK(set.columns == file.columns);
    CHECK(set.pixels == file.pixels);
    REQUIRE(set.labels.size() == file.labels.size());
    for (std::size_t i = 0; i < file.labels.size(); ++i)
      CHECK(set.class_names[set.labels[i]] == file.labels[i]);
    fs::remove(path);
  }
}

TEST_CASE("damaged CSV files are read or refused in one line") {
  Random random(2, Purpose::user);
  const test::TemporaryDirectory directory;
  int refused = 0;
  for (int round = 0; round < 600; ++round) {
    RandomFile file = draw(random);
    for (Index n = 1 + random.below(3); n > 0; --n) {
      const auto place =
          static_cast<std::size_t>(random.below(static_cast<Index>(file.text.size())));
      if (random.below(4) == 0) file.text.resize(place + 1);
      file.text[place] = static_cast<char>(random.below(256));
    }
    const fs::path path = directory.path() / ("file" + file.extension);
    write(path, file.text);
    refused += refusal(path, Part::train, file.options, file.size).empty() ? 0 : 1;
    fs::remove(path);
  }
  CHECK(refused > 300);
}

TEST_CASE("classes are in numeric order, or in that of their bytes") {
  const File file;
  Dataset set = file.load("10,0\n9,1\n-1,2\n9,3\n");
  CHECK(set.class_names == Names{"-1", "9", "10"});
  CHECK(set.labels == std::vector<Label>{2, 1, 0, 1});
  CHECK(file.load("10,0\n9,1\nx,2\n").class_names == Names{"10", "9", "x"});
  CHECK(file.load("5.0,0\n10.0,1\n").class_names == Names{"10.0", "5.0"});
  CHECK(Csv({.directory = file.path, .class_names = {"5.0", "4", "10.0"}}, {})
            .load(Part::train)
            .labels == std::vector<Label>{0, 2});
  CHECK_THROWS_WITH(Csv({.directory = file.path, .class_names = {"5.0"}}, {}).load(Part::train),
                    file.path.string() +
                        ": line 2, column 1: expected a label among the known classes, found "
                        "'10.0'");
}

TEST_CASE("a header names the column of labels") {
  const File file;
  const auto labels = [&](const std::string& text, const std::string& column = "") {
    const Dataset set = file.load(text, {.label_column = column});
    Names result;
    for (const Label label : set.labels) result.push_back(set.class_names[label]);
    return result;
  };
  const std::string rows = "1,2,3,4,5\n6,7,8,9,10\n";
  CHECK(labels(rows) == Names{"1", "6"});
  CHECK(labels(rows, "last") == Names{"5", "10"});
  CHECK(labels(rows, "2") == Names{"2", "7"});
  CHECK(labels("a,b,DIGIT,c,d\n" + rows) == Names{"3", "8"});
  CHECK(labels("y,b,label,c,d\n" + rows) == Names{"3", "8"});
  CHECK(labels("a,b,c,d,e\n" + rows) == Names{"1", "6"});
  CHECK(labels("a,b,label,d,e\n" + rows, "d") == Names{"4", "9"});
  CHECK(labels("a,b,label,d,e\n" + rows, "first") == Names{"1", "6"});
  // A label may look like a header's.
  CHECK(labels("y,0,0,0,0\nx,1,2,3,4\n") == Names{"y", "x"});
  CHECK(labels("1,2,3,4,y\n5,6,7,8,x\n", "last") == Names{"y", "x"});

  const std::string numbers = "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15";
  const std::string row = "3" + std::string(",1") + ",2,3,4,5,6,7,8,9,10,11,12,13,14,15,0\n";
  CHECK(labels("label," + numbers + "\n" + row) == Names{"3"});
  CHECK(labels(numbers + ",16\n" + row) == Names{"3"});

  CHECK(file.refusal(rows, {.label_column = "6"}) ==
        ": line 1: expected a column 6 for the labels, found 5");
  CHECK_THAT(file.refusal(rows, {.label_column = "0"}), ContainsSubstring("a column 0"));
  CHECK(file.refusal(rows, {.label_column = "Label"}) ==
        ": line 1: expected a header with a column called 'Label', found none of this name");
}

TEST_CASE("a directory has a training part and a test part") {
  const test::TemporaryDirectory directory;
  const fs::path here = directory.path();
  CHECK(refusal(here) ==
        ": expected train.csv, train.tsv, train.csv.gz or train.tsv.gz in it, found none");
  write(here / "train.csv", "label,pixel0,pixel1,pixel2,pixel3\n8,1,2,3,4\n2,5,6,7,8\n");
  write(here / "test.tsv.gz", "8\t1\t2\t3\t4\n");
  const auto source =
      datasets::built_in().choose("csv")->make({.directory = here, .class_names = {}});
  CHECK(source->load(Part::test).labels == std::vector<Label>{1});
  CHECK(source->load(Part::train).class_names == Names{"2", "8"});
  CHECK(source->load(Part::test).class_names == Names{"2", "8"});
  CHECK(source->directory() == here);
  CHECK_FALSE(source->normalization());

  const std::string test = "/test.csv";
  write(here / "test.csv", "3,1,2,3,4\n");
  CHECK(refusal(here, Part::test) ==
        test + ": line 1, column 1: expected a label among the known classes, found '3'");
  write(here / "test.csv", "8,1\n");
  CHECK(refusal(here, Part::test) == test + ": expected images of 2x2, as for training, found 1x1");
  // Kaggle's has no labels.
  write(here / "test.csv", "pixel0,pixel1,pixel2,pixel3\n1,2,3,4\n");
  const Dataset unlabelled = load(here, Part::test);
  CHECK(unlabelled.labels.empty());
  CHECK(unlabelled.pixels == Bytes{1, 2, 3, 4});
  CHECK(unlabelled.class_names == Names{"2", "8"});
  write(here / "test.csv", "1,2,3,4\n5,6,7,8\n");
  CHECK(load(here, Part::test).count == 2);
  CHECK(Csv({.directory = here}, {}).has(Part::test));
  CHECK_FALSE(Csv({.directory = here / "train.csv"}, {}).has(Part::test));
  // A single file can be tested on, with or without labels.
  CHECK(load(here / "train.csv", Part::test).labels == std::vector<Label>{1, 0});
  const Csv of_model({.directory = here / "test.csv", .class_names = {"2", "8"}}, {});
  CHECK(of_model.load(Part::test).count == 2);
  CHECK_THROWS_WITH(of_model.load(Part::train),
                    ContainsSubstring("found 4 columns, which are the pixels without a label"));
  CHECK_THROWS_WITH(Csv({}, {}), ContainsSubstring("expected --data"));
}

TEST_CASE("images that are no squares need --image-size") {
  const File file;
  CHECK(file.refusal("7,1,2,3,4,5,6\n") ==
        ": line 1: expected a label and the pixels of a square, or --image-size, found 7 columns");
  const Dataset set = file.load("7,1,2,3,4,5,6\n", {}, {{2, 3}});
  CHECK(set.rows == 2);
  CHECK(set.columns == 3);
  CHECK(file.refusal("7,1,2,3,4,5,6\n", {}, {{2, 4}}) ==
        ": line 1: expected 9 columns, which are the label and 2x4 pixels, found 7 "
        "columns");
  // A square has the size that is asked for only when it is resized.
  CHECK(file.load("7,1,2,3,4\n", {}, {{3, 5}}).rows == 2);
}

TEST_CASE("CSV files that are not what they should be are refused, with the place") {
  const File file;
  const auto refused = [&](const std::string& text) { return file.refusal(text); };
  const std::string value = "expected a number from 0 to 255, found ";
  CHECK(refused("7,1,2,3,4\n7,1,2,256,4\n") ==
        ": line 2, column 4: expected a number from 0 to 255, or --max-value with the largest, "
        "found '256'");
  CHECK(refused("7,1,2,3,4\n\n7,1,-0.5,3,4\n") == ": line 3, column 3: " + value + "'-0.5'");
  CHECK(refused("7,nan,0.25,0.5,1.0\n") == ": line 1, column 2: " + value + "'nan'");
  CHECK(refused("7,1,-1,3,4\n") == ": line 1, column 3: " + value + "'-1'");
  CHECK(refused("7,1,0x1,3,4\n") == ": line 1, column 3: " + value + "'0x1'");
  CHECK(refused(std::string("7,1,2\0,3,4\n", 11)) == ": line 1, column 3: " + value + "'2\\x00'");
  CHECK(refused("7,,,,\n") == ": line 1, column 2: " + value + "''");
  CHECK(refused("7,1,,3,4\n") == ": line 1, column 3: " + value + "''");
  CHECK(refused("7,1,2,3,4\n7,1,\x1b,3,4\n") == ": line 2, column 3: " + value + "'\\x1b'");
  CHECK(refused("7,1,2,3,4\n7,1,2,3\n") ==
        ": line 2: expected 5 columns, as in the first line, found 4");
  CHECK(refused("7,1,2,3,4\n7,1,2,3,4,5\n") ==
        ": line 2: expected 5 columns, as in the first line, found more");
  CHECK(refused("") == ": expected images, one in each row, found an empty file");
  CHECK(refused("\n\r\n") == ": expected images, one in each row, found an empty file");
  CHECK(refused("label,p,p,p,p\n") == ": expected images, one in each row, found a header only");
  CHECK_THAT(refused("7\n"), ContainsSubstring("found 1 column"));
  CHECK(refused("\"7,1,2,3,4\n") ==
        ": line 1, column 1: expected a closing quote on the same line, found none");
  CHECK(refused("\"7\"x,1,2,3,4\n") ==
        ": line 1, column 1: expected a separator after the closing quote, found x");
  CHECK_THAT(refused(",1,2,3,4\n"), ContainsSubstring("expected a printable label"));
  CHECK_THAT(refused("\xff,1,2,3,4\n"), ContainsSubstring("found '\\xff'"));
  CHECK_FALSE(refused(std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16)).empty());
  CHECK(refused("7," + std::string(16'000'000, '1')) ==
        ": line 1: expected at most 16000000 bytes, found more");
  // The lines behind a long one are too short to be asked as much memory for.
  std::string ragged = "7";
  for (int n = 0; n < 1'000'000; ++n) ragged += ",1";
  for (int n = 0; n < 1'000'000; ++n) ragged += "\n1";
  CHECK(refused(ragged) == ": line 2: expected 1000001 columns, as in the first line, found 1");

  const fs::path here = file.directory.path();
  CHECK(refusal(here / "no.csv") == ": expected a CSV file, found none: No such file or directory");
  write(here / "x.txt", "7,1\n");
  CHECK(refusal(here / "x.txt") ==
        ": expected a name that ends in .csv, .tsv, .csv.gz or .tsv.gz, found another one");
  std::string text;
  for (int n = 0; n < 4000; ++n)
    text += std::to_string(n * n % 10) + "," + std::to_string(n % 256) + "\n";
  write(here / "x.csv.gz", text);
  CHECK(load(here / "x.csv.gz").count == 4000);
  fs::resize_file(here / "x.csv.gz", fs::file_size(here / "x.csv.gz") / 2);
  CHECK(refusal(here / "x.csv.gz") == ": expected a whole file, found truncated gzip data");
  write(here / "a\x1b.csv", "7,1,x\n");
  CHECK_THROWS_WITH(load(here / "a\x1b.csv"), ContainsSubstring("/a\\x1b.csv: line 1: "));
}

TEST_CASE("the numbers of a CSV file are from 0 to 255, from 0 to 1, or up to --max-value") {
  const File file;
  const auto pixels = [&](const std::string& row, std::optional<double> max_value = {}) {
    return file.load("7," + row + "\n", {.max_value = max_value}).pixels;
  };
  CHECK(pixels("0,1,2,255") == Bytes{0, 1, 2, 255});
  CHECK(pixels("0,1,1,1") == Bytes{0, 1, 1, 1});
  CHECK(pixels("0,1,0.2,1e-9") == Bytes{0, 255, 51, 0});
  CHECK(pixels("0.0,51.0,255.0,1") == Bytes{0, 51, 255, 1});
  CHECK(pixels("0,8,16,4.0", 16) == Bytes{0, 128, 255, 64});
  CHECK(pixels("0,13107,65535,0", 65535) == Bytes{0, 51, 255, 0});
  CHECK_THAT(file.refusal("7,0,8,17,4\n", {.max_value = 16}),
             ContainsSubstring("column 4: expected a number from 0 to 16, found '17'"));

  // The test part has the range of the training part.
  const fs::path test = file.directory.path() / "test.csv";
  write(file.path, "7,0.0,1.0,2.0,255.0\n");
  write(test, "7,0.0,1.0,1.0,1.0\n");
  CHECK(load(file.directory.path(), Part::test).pixels == Bytes{0, 1, 1, 1});
  write(file.path, "7,0.0,1.0,1.0,1.0\n");
  write(test, "7,0,1,0,1\n");
  CHECK(load(file.directory.path(), Part::test).pixels == Bytes{0, 255, 0, 255});
  write(test, "7,0,2,0,1\n");
  CHECK(refusal(file.directory.path(), Part::test) ==
        "/test.csv: line 1, column 3: expected a number from 0 to 1, or --max-value with the "
        "largest, found '2'");
}

TEST_CASE("a note says that a CSV file uses little of the range") {
  const File file;
  write(file.path, "7,0,8,16,4\n");
  Names notes;
  const datasets::Request request{.directory = file.path,
                                  .note = [&](const std::string& line) { notes.push_back(line); }};
  Csv(request, {}).load(Part::train);
  Csv(request, {.max_value = 16}).load(Part::train);
  CHECK(notes ==
        Names{file.path.string() +
              ": the largest value is 16 of 255; --max-value 16 would use the full range"});
}

TEST_CASE("a CSV file has up to 65,536 classes") {
  const File file;
  std::string text;
  for (int n = 0; n < 65'536; ++n) text += std::to_string(n) + ",0\n";
  CHECK(file.load(text).labels.back() == 65'535);
  CHECK(file.refusal(text + "x,0\n") ==
        ": line 65537, column 1: expected at most 65536 classes, found another one");
}
