#include "scanline/datasets/npz.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"
#include "tests/datasets/npz_files.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
using datasets::Dataset;
using datasets::Label;
using datasets::Npz;
using datasets::Part;
using test::bytes_of;
using test::Members;
using test::npy;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Labels = std::vector<Label>;
using Names = std::vector<std::string>;

/// An NPZ file.
struct File {
  test::TemporaryDirectory directory = {};
  std::filesystem::path path = directory.path() / "set.npz";

  explicit File(const Members& members) { test::write_zip(path, members); }
  Dataset load(Part part = Part::train, const Npz::Options& options = {}) const {
    return Npz({.directory = path}, options).load(part);
  }
  /// What loading is refused with, without the path.
  std::string refusal(Part part = Part::train, const Npz::Options& options = {}) const {
    try {
      load(part, options);
    } catch (const Error& error) {
      const std::string text = error.what();
      CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c < 0 || c >= ' '; }));
      REQUIRE(text.rfind(path.string(), 0) == 0);
      return text.substr(path.string().size());
    }
    return {};
  }
};

const std::string six = "\x01\x02\x03\x04\x05\xff";
const auto images = std::pair<std::string, std::string>("x.npy", npy("|u1", "1, 2, 3", six));
const auto labels =
    std::pair<std::string, std::string>("y.npy", npy("<i8", "1,", bytes_of<std::int64_t>({7})));

/// The pixels of an image of 1 x 3 in a file of this type.
template <class Number>
Bytes pixels(const std::string& type, const std::vector<Number>& numbers,
             const Npz::Options& options = {}) {
  return File({{"x.npy", npy(type, "1, 1, 3", bytes_of(numbers))}, labels})
      .load(Part::train, options)
      .pixels;
}

}  // namespace

TEST_CASE("Keras' NPZ files are read") {
  const File file({{"x_train.npy", npy("|u1", "2, 1, 3", six)},
                   {"y_train.npy", npy("|u1", "2,", "\x09\x02")},
                   {"x_test.npy", npy("|u1", "1, 1, 3", "abc")},
                   {"y_test.npy", npy("|u1", "1,", "\x09")}});
  const Dataset train = file.load(), test = file.load(Part::test);
  CHECK(train.name == "npz");
  CHECK(train.count == 2);
  CHECK(train.rows == 1);
  CHECK(train.columns == 3);
  CHECK(train.pixels == Bytes(six.begin(), six.end()));
  CHECK(train.labels == Labels{1, 0});
  CHECK(train.class_names == Names{"2", "9"});
  CHECK(test.pixels == Bytes{'a', 'b', 'c'});
  CHECK(test.labels == Labels{1});
  CHECK(test.class_names == train.class_names);
  // The order of a model.
  const Npz of_model({.directory = file.directory.path(), .class_names = {"9", "5", "2"}}, {});
  CHECK(of_model.load(Part::train).labels == Labels{0, 2});
  CHECK(of_model.has(Part::test));
  CHECK_FALSE(of_model.has(Part::validation));
}

TEST_CASE("MedMNIST's NPZ files have a validation part, and columns of labels") {
  const File file({{"train_images.npy", npy("|u1", "1, 2, 3", six)},
                   {"train_labels.npy", npy("|u1", "1, 1", "\x04")},
                   {"val_images.npy", npy("|u1", "1, 2, 3, 1", six)},
                   {"val_labels.npy", npy("|u1", "1, 1", "\x04")}});
  CHECK(file.load(Part::validation).labels == Labels{0});
  const Npz source({.directory = file.path}, {});
  CHECK(source.has(Part::validation));
  CHECK_FALSE(source.has(Part::test));
}

TEST_CASE("images without labels are a test part") {
  const File file({{"x_train.npy", npy("|u1", "1, 2, 3", six)},
                   {"y_train.npy", npy("|u1", "1,", "\x04")},
                   {"x_test.npy", npy("|u1", "1, 2, 3", six)}});
  CHECK(file.load(Part::test).labels.empty());
  const File alone({images});
  CHECK(Npz({.directory = alone.path, .class_names = {"0", "1"}}, {}).load(Part::test).count == 1);
  CHECK(alone.refusal() == ": expected an array y, found x");
  CHECK_FALSE(Npz({.directory = alone.path}, {}).has(Part::test));
}

TEST_CASE("pixels of an NPZ file have any type and byte order") {
  const Bytes expected{0, 51, 255};
  CHECK(pixels<std::uint8_t>("|u1", {0, 51, 255}) == expected);
  CHECK(pixels<std::uint16_t>("<u2", {0, 13107, 65535}) == expected);
  CHECK(pixels<std::uint16_t>(">u2", {0, 0x3333, 0xffff}) == expected);
  CHECK(pixels<std::int16_t>("<i2", {0, 51, 255}) == expected);
  CHECK(pixels<std::int32_t>(">i4", {0, 51 << 24, -(1 << 24)}) == expected);
  CHECK(pixels<std::int64_t>("<i8", {0, 51, 255}) == expected);
  CHECK(pixels<std::uint64_t>("<u8", {0, 51, 255}) == expected);
  CHECK(pixels<float>("<f4", {0, 0.2F, 1}) == expected);
  CHECK(pixels<float>("<f4", {0, 51, 255}) == expected);
  CHECK(pixels<double>("<f8", {0, 0.2, 1}) == expected);
  CHECK(pixels<std::uint8_t>("|b1", {0, 1, 1}) == Bytes{0, 255, 255});
  CHECK(pixels<std::uint8_t>("|u1", {0, 2, 10}, {.max_value = 10}) == expected);
}

TEST_CASE("colours of an NPZ file become grey as those of pictures do") {
  const std::string colours = "\xff\xff\xff" + std::string("\xff\x00\x00", 3);
  CHECK(File({{"x.npy", npy("|u1", "1, 1, 2, 3", colours)}, labels}).load().pixels ==
        Bytes{255, 76});
  CHECK(File({{"x.npy", npy("|u1", "1, 1, 1, 4", "\xff\xff\xff\x80")}, labels}).load().pixels ==
        Bytes{128});
}

TEST_CASE("labels of an NPZ file are whole numbers or texts") {
  const auto names = [](const std::string& type, const std::string& bytes) {
    return File({{"X.npy", npy("|u1", "2, 1, 3", six)}, {"y.npy", npy(type, "2,", bytes)}})
        .load()
        .class_names;
  };
  CHECK(names("<i4", bytes_of<std::int32_t>({10, -2})) == Names{"-2", "10"});
  CHECK(names("<U2", bytes_of<char32_t>({U'b', 0, U'\u00e4', U'a'})) == Names{"b", "\u00e4a"});
  CHECK(names(">U1", bytes_of<std::uint32_t>({0x62000000, 0x61000000})) == Names{"a", "b"});
  CHECK_THROWS_WITH(names("<f4", bytes_of<float>({1, 2})),
                    ContainsSubstring("expected whole numbers or texts, found real numbers"));
  CHECK_THROWS_WITH(names("<U1", bytes_of<std::uint32_t>({7, 8})),
                    ContainsSubstring("a printable label"));
  CHECK_THROWS_WITH(names("<u8", bytes_of<std::uint64_t>({8, ~0ULL})),
                    ContainsSubstring("at most 15 digits") && ContainsSubstring("at position 2"));
}

TEST_CASE("a note says that the pixels of a file use little of the range") {
  const File file({{"x.npy", npy("|u1", "1, 1, 3", std::string("\x00\x08\x10", 3))}, labels});
  Names notes;
  const datasets::Request request{.directory = file.path,
                                  .note = [&](const std::string& line) { notes.push_back(line); }};
  Npz(request, {}).load(Part::train);
  Npz(request, {.max_value = 16}).load(Part::train);
  CHECK(notes ==
        Names{file.path.string() +
              ": the largest value is 16 of 255; --max-value 16 would use the full range"});
}

TEST_CASE("the test part of an NPZ file has the range of the training part") {
  const File file({{"x_train.npy", npy("<f4", "1, 1, 1", bytes_of<float>({255}))},
                   {"y_train.npy", npy("|u1", "1,", "\x04")},
                   {"x_test.npy", npy("<f4", "1, 1, 1", bytes_of<float>({1}))}});
  CHECK(file.load(Part::test).pixels == Bytes{1});
}

TEST_CASE("NPZ files that are not what they should be are refused, with the place") {
  const std::string small = npy("|u1", "1,", "\x04");
  CHECK(File({{"weights.npy", small}, {"readme.txt", "hello"}}).refusal() ==
        ": expected an array x_train, train_images, x, X, images or data, found weights");
  CHECK(File({images, {"z.npy", small}}).refusal() == ": expected an array y, found x, z");
  CHECK(File({{"x.npy", small}, labels}).refusal() ==
        ": x.npy: expected images of the shape (N, rows, columns), (N, rows, columns, 1) or with 3 "
        "or 4 colours, found (1,)");
  CHECK(File({images, {"y.npy", npy("|u1", "2,", "ab")}}).refusal() ==
        ": y.npy: expected a label for each image: the shape (1,) or (1, 1), found (2,)");
  CHECK(File({{"x.npy", npy("|u1", "1, 2, 3", "abc")}, labels}).refusal() ==
        ": x.npy: expected 6 bytes after the header, as the header says, found 3");
  CHECK(File({{"x.npy", npy("|u1", "1, 2, 3", "abcdefg")}, labels}).refusal() ==
        ": x.npy: expected 6 bytes after the header, as the header says, found more");
  CHECK(File({{"x.npy", npy("|u1", "9000000000, 4000, 3", "abc")}, labels}).refusal() ==
        ": y.npy: expected a label for each image: the shape (9000000000,) or (9000000000, 1), "
        "found (1,)");
  CHECK(File({{"x.npy", npy("<i2", "1, 1, 2", bytes_of<std::int16_t>({7, 256}))}, labels})
            .refusal() ==
        ": x.npy: expected a number from 0 to 255, or --max-value with the largest, found 256 in "
        "image 1, row 1, column 2");
  CHECK(File({{"x.npy", npy("<f4", "1, 1, 1", bytes_of<float>({NAN}))}, labels}).refusal() ==
        ": x.npy: expected a number from 0 to 1, found nan in image 1, row 1, column 1");
  CHECK(File({images, labels}).refusal(Part::train, {.max_value = 4}) ==
        ": x.npy: expected a number from 0 to 4, found 5 in image 1, row 2, column 2");
  CHECK(File({{"x_train.npy", npy("|u1", "1, 2, 3", six)},
              {"y_train.npy", small},
              {"x_test.npy", npy("|u1", "1, 3, 2", six)}})
            .refusal(Part::test) ==
        ": x_test.npy: expected images of 2x3, as for training, found 3x2");
  const File two({images, labels});
  test::write_zip(two.directory.path() / "other.npz", {images});
  CHECK_THROWS_WITH(Npz({.directory = two.directory.path()}, {}).load(Part::train),
                    ContainsSubstring("expected an NPZ file, or a directory with one, found 2"));
  CHECK_THROWS_WITH(Npz({}, {}), ContainsSubstring("expected --data with a file or a directory"));
}
