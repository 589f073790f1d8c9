#include "scanline/datasets/idx_directory.hpp"

#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "scanline/datasets/registry.hpp"
#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/read_file.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/train/tiny_dataset.hpp"

using namespace scanline;
using datasets::Dataset;
using datasets::IdxDirectory;
using datasets::Label;
using datasets::Part;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<std::uint8_t>;

void gzip(const fs::path& file) {
  const std::string bytes = test::read_file(file);
  const gzFile out = gzopen((file.string() + ".gz").c_str(), "wb");
  gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(out);
  fs::remove(file);
}

/// Writes labels as signed numbers of `size` bytes, each the first of `columns`.
void write_numbers(const fs::path& file, const std::vector<std::int32_t>& labels, int size,
                   std::uint32_t columns) {
  std::ofstream out(file, std::ios::binary);
  const auto put = [&](std::int64_t value, int bytes) {
    for (int k = bytes - 1; k >= 0; --k) out.put(static_cast<char>(value >> (8 * k) & 0xff));
  };
  put(size == 2 ? 0x0b : 0x0c, 3);
  put(columns == 1 ? 1 : 2, 1);
  put(static_cast<std::int64_t>(labels.size()), 4);
  if (columns > 1) put(columns, 4);
  for (const std::int32_t label : labels)
    for (std::uint32_t c = 0; c < columns; ++c) put(c == 0 ? label : 77, size);
}

/// Two training images of 2x3 pixels and one to test, with labels 4 and 9.
void write_small(const fs::path& directory, const std::string& prefix = "") {
  fs::create_directories(directory);
  const auto file = [&](const std::string& name) { return directory / (prefix + name); };
  test::write_idx(file("train-images-idx3-ubyte"), {2, 2, 3},
                  {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  test::write_idx(file("train-labels-idx1-ubyte"), {2}, {9, 4});
  test::write_idx(file("t10k-images-idx3-ubyte"), {1, 2, 3}, {20, 21, 22, 23, 24, 25});
  test::write_idx(file("t10k-labels-idx1-ubyte"), {1}, {9});
}

Dataset load(const fs::path& directory, Part part = Part::train,
             const IdxDirectory::Options& options = {}) {
  return IdxDirectory({.directory = directory, .class_names = {}}, options).load(part);
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

/// What loading is refused with, without the path that it begins with.
std::string refusal(const fs::path& directory, Part part = Part::train,
                    const IdxDirectory::Options& options = {}) {
  try {
    load(directory, part, options);
  } catch (const Error& error) {
    const std::string text = error.what();
    CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c < 0 || c >= ' '; }));
    REQUIRE(text.rfind(directory.string(), 0) == 0);
    return text.substr(directory.string().size());
  }
  return {};
}

}  // namespace

TEST_CASE("images of any size and labels from any number on are read") {
  Random random(1, Purpose::user);
  const auto draw = [&](Index most) { return static_cast<std::uint32_t>(1 + random.below(most)); };
  for (int round = 0; round < 60; ++round) {
    const test::TemporaryDirectory directory;
    const std::string prefix = round % 3 == 0 ? "" : round % 3 == 1 ? "emnist-letters-" : "my own-";
    const std::string dot = round % 5 == 0 ? "." : "-", test = round % 2 == 0 ? "test" : "t10k";
    const std::uint32_t count = draw(20), rows = draw(40), columns = draw(9), first = draw(200);
    Bytes pixels, labels;
    for (std::uint32_t i = 0; i < count * rows * columns; ++i)
      pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
    for (std::uint32_t i = 0; i < count; ++i)
      labels.push_back(static_cast<std::uint8_t>(first + random.below(26)));
    for (const std::string& part : {std::string("train"), test}) {
      const fs::path image_file =
                         directory.path() / (prefix + part + "-images" + dot + "idx3-ubyte"),
                     label_file =
                         directory.path() / (prefix + part + "-labels" + dot + "idx1-ubyte");
      test::write_idx(image_file, {count, rows, columns}, pixels);
      test::write_idx(label_file, {count}, labels);
      if (random.below(2) == 0) gzip(image_file);
      if (random.below(2) == 0) gzip(label_file);
    }
    const std::set<std::uint8_t> classes(labels.begin(), labels.end());
    for (const Part part : {Part::train, Part::test}) {
      const Dataset set = load(directory.path(), part);
      CHECK(set.name == "idx");
      CHECK(set.rows == rows);
      CHECK(set.columns == columns);
      CHECK(set.pixels == pixels);
      REQUIRE(set.class_names.size() == classes.size());
      CHECK(std::is_sorted(labels.begin(), labels.end()) ==
            std::is_sorted(set.labels.begin(), set.labels.end()));
      for (std::size_t i = 0; i < labels.size(); ++i)
        CHECK(set.class_names[set.labels[i]] == std::to_string(labels[i]));
    }
  }
}

TEST_CASE("labels of two and four bytes are read, of several columns the first") {
  const test::TemporaryDirectory directory;
  write_small(directory.path());
  const fs::path labels = directory.path() / "train-labels-idx1-ubyte";
  const auto names = [&] { return load(directory.path()).class_names; };
  using Names = std::vector<std::string>;
  write_numbers(labels, {30'000, -2}, 2, 1);
  CHECK(names() == Names{"-2", "30000"});
  write_numbers(labels, {5, 2'000'000'000}, 4, 1);
  CHECK(names() == Names{"5", "2000000000"});
  fs::remove(labels);
  write_numbers(directory.path() / "train-labels-idx2-int", {7, 3}, 4, 8);  // as QMNIST has them
  CHECK(names() == Names{"3", "7"});
  write_numbers(directory.path() / "train-labels-idx2-int", {7, 3, 1}, 4, 8);
  CHECK(refusal(directory.path()) ==
        "/train-labels-idx2-int: expected 2 labels, one for each image "
        "of " +
            (directory.path() / "train-images-idx3-ubyte").string() + ", found 3");
}

TEST_CASE("a dataset may have 65,536 classes, and no more") {
  const test::TemporaryDirectory directory;
  write_small(directory.path());
  for (const std::uint32_t count : {65'536U, 65'537U}) {
    std::vector<std::int32_t> labels(count);
    for (std::uint32_t i = 0; i < count; ++i) labels[i] = static_cast<std::int32_t>(i + 9);
    test::write_idx(directory.path() / "train-images-idx3-ubyte", {count, 2, 3}, Bytes(6 * count));
    write_numbers(directory.path() / "train-labels-idx1-ubyte", labels, 4, 1);
    if (count == 65'536)
      CHECK(load(directory.path()).labels.back() == 65'535);
    else
      CHECK(refusal(directory.path()) ==
            "/train-labels-idx1-ubyte: expected at most 65536 classes, found 65537");
  }
}

TEST_CASE("the option --transpose exchanges rows and columns") {
  const test::TemporaryDirectory directory;
  write_small(directory.path());
  const Dataset set = load(directory.path(), Part::train, {.transpose = true});
  CHECK(set.rows == 3);
  CHECK(set.columns == 2);
  CHECK(set.pixels == Bytes{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11});
  const auto factory = datasets::built_in().choose("idx", {{"transpose", "true"}});
  const auto source = factory->make({.directory = directory.path(), .class_names = {}});
  CHECK(source->load(Part::test).pixels == Bytes{20, 23, 21, 24, 22, 25});
  CHECK_FALSE(source->normalization());
}

TEST_CASE("the option --prefix chooses between datasets in one directory") {
  const test::TemporaryDirectory directory;
  const fs::path here = directory.path();
  CHECK(refusal(here) ==
        ": expected IDX files such as train-images-idx3-ubyte or "
        "emnist-digits-train-images-idx3-ubyte.gz, found none");
  write_small(here, "emnist-digits-");
  CHECK(load(here).count == 2);
  write_small(here);
  write_small(here, "\x1b-b-");
  CHECK(refusal(here) ==
        ": expected one dataset, or --prefix to choose one, found \\x1b-b, "
        "emnist-digits, none");
  test::write_idx(here / "train-labels-idx1-ubyte", {2}, {1, 2});
  CHECK(load(here, Part::train, {.prefix = "none"}).class_names[1] == "2");
  CHECK(load(here, Part::train, {.prefix = "emnist-digits"}).class_names[1] == "9");
  CHECK_THAT(refusal(here, Part::train, {.prefix = "emnist-digit"}),
             ContainsSubstring("did you mean emnist-digits?"));
  fs::remove(here / "emnist-digits-train-labels-idx1-ubyte");
  CHECK(refusal(here, Part::train, {.prefix = "emnist-digits"}) ==
        ": expected emnist-digits-train-labels-idx1-ubyte, raw or with .gz behind its name, found "
        "none");
  write_small(here / "two");
  write(here / "two/test-images-idx3-ubyte", "");
  CHECK(refusal(here / "two") ==
        ": expected one file of test-images, found "
        "t10k-images-idx3-ubyte and test-images-idx3-ubyte");
}

TEST_CASE("IDX files may have no test labels, or no test part") {
  const test::TemporaryDirectory directory;
  const fs::path here = directory.path();
  write_small(here);
  fs::remove(here / "t10k-labels-idx1-ubyte");
  const Dataset test = load(here, Part::test);
  CHECK(test.count == 1);
  CHECK(test.labels.empty());
  CHECK(test.class_names == std::vector<std::string>{"4", "9"});
  CHECK(IdxDirectory({.directory = here}, {}).has(Part::test));
  fs::remove(here / "t10k-images-idx3-ubyte");
  CHECK_FALSE(IdxDirectory({.directory = here}, {}).has(Part::test));
  CHECK(refusal(here, Part::test) == ": expected images of a part test, found none");
  test::write_idx(here / "t10k-labels-idx1-ubyte", {1}, {9});
  CHECK_THAT(refusal(here, Part::test), ContainsSubstring("expected test-images-idx3-ubyte"));
}

TEST_CASE("the largest value of IDX images may be given") {
  const test::TemporaryDirectory directory;
  write_small(directory.path());
  CHECK(load(directory.path(), Part::train, {.max_value = 51}).pixels[1] == 5);
  CHECK_THAT(refusal(directory.path(), Part::test, {.max_value = 24}),
             ContainsSubstring("expected a number from 0 to 24, found 25 in image 1, row 2, "
                               "column 3"));
}

TEST_CASE("classes are named by a mapping or a list") {
  const test::TemporaryDirectory directory;
  const fs::path here = directory.path();
  write_small(here, "emnist-x-");
  const fs::path mapping = here / "emnist-x-mapping.txt", list = here / "classes.txt";
  write(here / "emnist-y-mapping.txt", "4 48\n9 49\n");  // of another dataset
  using Names = std::vector<std::string>;
  write(list,
        "\xef\xbb\xbf"
        "vier\r\nneun\r\n\r\n");
  CHECK(load(here).class_names == Names{"vier", "neun"});
  CHECK(load(here, Part::test).labels == std::vector<Label>{1});
  write(mapping, "4 65 97 \r\n\n9 12354\n7 128512");
  CHECK(load(here).class_names == Names{"Aa", "\xe3\x81\x82"});

  for (const std::string line : {"x 4", "4", "4 x", "4 27", "4 55296", "4 1114112", "4 -1",
                                 "4 99999999999999999999", "4 65.5", "\x1b[2J"}) {
    write(mapping, "9 57\n" + line);
    CHECK_THAT(refusal(here), ContainsSubstring("mapping.txt: line 2: expected a label and the "
                                                "code points of its characters, found "));
  }
  write(mapping, "9 57\n9 58\n");
  CHECK_THAT(refusal(here), ContainsSubstring("line 2: expected each label once, found 9 again"));
  write(mapping, "9 57\n");
  CHECK_THAT(refusal(here), ContainsSubstring("expected a line for label 4, found none"));
  write(mapping, "9 57\n4 57\n");
  CHECK_THAT(refusal(here), ContainsSubstring("expected a name for each class, found 9 twice"));
  fs::remove(mapping);
  write(list, "a\n");
  CHECK(refusal(here) ==
        "/classes.txt: expected 2 lines, one for each class of the training part, found 1");
  write(list, "a\n\nb\n");
  CHECK_THAT(refusal(here), ContainsSubstring("line 3: expected no empty lines before it"));
  write(list, "a\n\x1b\n");
  CHECK_THAT(refusal(here), ContainsSubstring("line 2: expected a printable name"));
  write(list, std::string(17'000'000, 'a'));
  CHECK_THAT(refusal(here), ContainsSubstring("line 1: expected at most 16000000 bytes"));
}

TEST_CASE("classes are numbered as a model has them") {
  const test::TemporaryDirectory directory;
  write_small(directory.path());
  const auto labels = [&](const std::vector<std::string>& names) {
    const Dataset set =
        IdxDirectory({.directory = directory.path(), .class_names = names}, {}).load(Part::train);
    CHECK(set.class_names == names);
    return set.labels;
  };
  CHECK(labels({"9", "1", "4"}) == std::vector<Label>{0, 2});
  CHECK_THROWS_WITH(labels({"9", "1"}),
                    directory.path().string() + ": expected classes among 9, 1, found 4");
}

TEST_CASE("IDX files that do not belong together are refused") {
  const test::TemporaryDirectory directory;
  const fs::path here = directory.path();
  write_small(here);
  CHECK_THROWS_WITH(IdxDirectory({}, {}), ContainsSubstring("expected --data"));
  CHECK(refusal(here / "absent") ==
        ": expected a directory with IDX files, found none: No such file or directory");
  test::write_idx(here / "t10k-labels-idx1-ubyte", {1}, {5});
  CHECK(refusal(here, Part::test) ==
        "/t10k-labels-idx1-ubyte: expected labels that the training "
        "part has, found 5 at position 1");
  test::write_idx(here / "t10k-images-idx3-ubyte", {1, 3, 2}, Bytes(6));
  CHECK(refusal(here, Part::test) ==
        "/t10k-images-idx3-ubyte: expected images of 2x3, as for training, found 3x2");
  // The sizes are looked at before the elements are.
  const fs::path images = here / "train-images-idx3-ubyte";
  test::write_idx(images, {2, 4097, 1}, {});
  CHECK(refusal(here) ==
        "/train-images-idx3-ubyte: expected images with a height and a width from "
        "1 to 4096, found 4097x1");
  test::write_idx(images, {2, 0, 1}, {});
  CHECK_THAT(refusal(here), ContainsSubstring("found 0x1"));
  test::write_idx(images, {0, 2, 3}, {});
  CHECK_THAT(refusal(here), ContainsSubstring("expected images, found none"));
  test::write_idx(images, {2, 4096, 4096}, {1, 2, 3});
  CHECK_THAT(refusal(here), ContainsSubstring("expected 33554432 bytes after the header"));
  test::write_idx(images, {2, 2}, Bytes(4));
  CHECK_THAT(refusal(here), ContainsSubstring("found 2 dimensions"));
  write_small(here);
  const fs::path labels = here / "train-labels-idx1-ubyte";
  write_numbers(labels, {}, 4, 0xffffffff);
  CHECK_THAT(refusal(here), ContainsSubstring("found 0"));
  write(labels, std::string("\0\0\x0c\x02\0\0\0\x02\0\0\0\0", 12));
  CHECK_THAT(refusal(here), ContainsSubstring("expected labels in the first column, found no"));
  write(labels, std::string("\0\0\x0d\x01\0\0\0\x02", 8));
  CHECK_THAT(refusal(here), ContainsSubstring("labels: whole numbers of 1, 2 or 4 bytes in 1 or 2 "
                                              "dimensions, found element type 0x0d"));
  write(labels, std::string("\0\0\x0c\x02\xff\xff\xff\xff\xff\xff\xff\xff", 12));
  CHECK_THAT(refusal(here), ContainsSubstring("whose product a file can have"));
}
