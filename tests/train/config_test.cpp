#include "scanline/train/config.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "scanline/framework/core/error.hpp"
#include "scanline/framework/core/random.hpp"
#include "scanline/train/run_options.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_directory.hpp"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const train::Catalogue catalogue = train::built_in();
const train::PossibleOptions possible(catalogue);

/// The options of a run with these values.
struct Options : train::RunOptions {
  explicit Options(const train::FoundSettings& found) : RunOptions(catalogue, found) {}
  explicit Options(const Settings& values) : Options(found(values)) {}

 private:
  static train::FoundSettings found(const Settings& values) {
    train::FoundSettings result;
    for (const auto& [name, text] : values) result[name] = {.text = text, .where = name};
    return result;
  }
};

std::string to_config(const Settings& values) { return train::to_config(Options(values).fields()); }

class ConfigFile {
 public:
  fs::path write(const std::string& toml) const {
    std::ofstream(path(), std::ios::binary) << toml;
    return path();
  }
  fs::path path() const { return directory_.path() / "c.toml"; }
  train::FoundSettings settings(const std::string& toml) const {
    return train::read_config(write(toml), possible.fields());
  }
  /// What the options in the file come to.
  train::TrainOptions read(const std::string& toml) const {
    return Options(settings(toml)).common();
  }
  /// What is said of such a file, after its name.
  std::string refusal(const std::string& toml) const { return refusal_of(write(toml)); }
  std::string refusal_of(const fs::path& file) const {
    try {
      Options(train::read_config(file, possible.fields()));
    } catch (const Error& error) {
      const std::string text = error.what(), prefix = file.string() + ": ";
      REQUIRE(text.starts_with(prefix));
      return text.substr(prefix.size());
    }
    return "accepted";
  }

 private:
  test::TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("a configuration reads back as it was meant, whatever a path holds") {
  const ConfigFile file;
  const auto comes_back = [&](const std::string& path) {
    const std::string toml = to_config({{"data", path}, {"init", path}});
    INFO(toml);
    const Options after(file.settings(toml));
    CHECK(after.common().data == path);
    CHECK(after.common().init == path);
    CHECK(train::to_config(after.fields()) == toml);
  };
  for (const char* path : {"disk#1/mnist", "a # b",
                           "two\nlines",   "tab\tand\rreturn",
                           "quote\"s'",    "back\\slash\\",
                           "\\u0041",      "[seven]",
                           "[1,2]",        "{a=1}",
                           "true",         "7",
                           "1e3",          " spaces ",
                           "\033[2J",      "\x7f",
                           "Zürich",       "\u0085",
                           "\U0001f600",   "\xff\xfe",
                           "half of \xc3", "=",
                           "a=b",          "'''",
                           "\"\"\"",       "$HOME",
                           "%s",           "-",
                           "--lr=3",       ","})
    comes_back(path);
  Random random(1, Purpose::augment);
  for (int i = 0; i < 300; ++i) {
    std::string path;
    // Some of printable characters, and some of any byte that a file name may hold.
    for (Index length = 1 + random.below(40); length > 0; --length)
      path += static_cast<char>(i % 2 == 0 ? 1 + random.below(255) : 32 + random.below(96));
    comes_back(path);
  }
}

TEST_CASE("numbers of a configuration read back exactly") {
  const ConfigFile file;
  const std::vector<std::pair<std::string, std::string>> cases{{"seed", "18446744073709551615"},
                                                               {"seed", "9223372036854775808"},
                                                               {"lr", "1e-12"},
                                                               {"lr", "0.0123456789012345678"},
                                                               {"lr", ".5"},
                                                               {"lr", "1E-3"},
                                                               {"max-time", "2"},
                                                               {"min-delta", "1e9"},
                                                               {"check-nan", "false"},
                                                               {"quiet", "true"},
                                                               {"epochs", "007"},
                                                               {"dropout", "0.25"}};
  for (const auto& [name, text] : cases) {
    const Options before(Settings{{name, text}});
    const std::string toml = train::to_config(before.fields());
    INFO(name << " " << text << "\n" << toml);
    CHECK(Options(file.settings(toml)).fields().settings() == before.fields().settings());
  }
}

TEST_CASE("whole numbers are what they look like") {
  CHECK(Options(Settings{{"epochs", "010"}}).common().length.epochs == 10);
  CHECK(Options(Settings{{"seed", "08"}}).common().seed == 8);
  for (const char* text : {"0x10", "1e3", "1.0", "1'000", "1_000", " 3", "+-3", ""})
    CHECK_THROWS_AS(Options(Settings{{"epochs", text}}), Error);
  CHECK_THROWS_AS(Options(Settings{{"seed", "18446744073709551616"}}), Error);
  for (const char* text : {"0x1p-3", "1e-3x"})
    CHECK_THROWS_AS(Options(Settings{{"lr", text}}), Error);
}

TEST_CASE("a configuration is TOML, and a flat list of options") {
  const ConfigFile file;
  CHECK(file.read("\xef\xbb\xbf"
                  "epochs=3\n")
            .length.epochs == 3);
  CHECK(file.read("data = \"a # b\"  # a comment\r\n\t# another\n\n").data == "a # b");
  CHECK(file.read("data = 'C:\\x'").data == "C:\\x");
  CHECK(file.read("data = [97, 255]").data == "a\xff");
  CHECK(file.read("epochs = \"3\"").length.epochs == 3);
  CHECK(file.read("max-time = 2").length.max_time == 2);
  CHECK(file.read("").length.epochs == 1);
  CHECK(file.read("init = \"\"").init.empty());

  const std::string not_flat = "line 1: expected the name of an option, '=' and its value, found '";
  CHECK(file.refusal("[train]\nepochs=3\n") == not_flat + "[train]'");
  CHECK(file.refusal("[" + std::string(8000, 'a') + "]").starts_with(not_flat + "[aaa"));
  CHECK(file.refusal("a.b = 1") == not_flat + "a.b = 1'");
  CHECK(file.refusal("lr 0.5") == not_flat + "lr 0.5'");
  CHECK(file.refusal("data = {a = 1}").starts_with(not_flat));
  CHECK(file.refusal("data = [[1]]").starts_with(not_flat));
  CHECK(file.refusal("data = [\n1]").starts_with(not_flat));
  CHECK(file.refusal("epochs=[7").starts_with(not_flat));
  CHECK(file.refusal("\033[2J=1").starts_with(not_flat + "\\x1b[2J=1'"));
  CHECK(file.refusal("epochs=\n").starts_with("line 1: expected options in TOML: "));
  CHECK(file.refusal("seed=1\nlr=0.5 0.6\n").starts_with("line 2: expected options in TOML: "));
  CHECK(file.refusal("lr=1\nlr=2\n").starts_with("line 2: expected options in TOML: "));
  CHECK(file.refusal("data=\"\xff\"").starts_with("line 1: expected options in TOML: "));
  CHECK(file.refusal("data=\"" + std::string(100'000, 'x')).size() < 500);
  CHECK(file.refusal(std::string(1'000'001, '\n')) ==
        "expected at most 1000000 bytes of options, found 1000001");
}

TEST_CASE("an option of a configuration has the right name and type") {
  const ConfigFile file;
  CHECK(file.refusal("epoch=3\n") == "unknown option 'epoch' (did you mean epochs?)");
  CHECK(file.refusal("resume=\"x\"\n").starts_with("unknown option 'resume'"));
  CHECK(file.refusal("epochs=\"\"") ==
        "line 1: epochs: expected a whole number, found an empty text");
  CHECK(file.refusal("model=\"\"") == "line 1: model: expected a string, found an empty text");
  CHECK(file.refusal("quiet=-1") == "line 1: quiet: expected true or false, found something else");
  CHECK(file.refusal("quiet=\"yes\"").starts_with("line 1: quiet: expected true or false"));
  CHECK(file.refusal("\nepochs=1.5") ==
        "line 2: epochs: expected a whole number, found something else");
  CHECK(file.refusal("epochs=[7]").starts_with("line 1: epochs: expected a whole number"));
  CHECK(file.refusal("lr=true").starts_with("line 1: lr: expected a number"));
  CHECK(file.refusal("data=3").starts_with("line 1: data: expected a string"));
  CHECK(file.refusal("data=[0]").starts_with("line 1: data: expected a string"));
  CHECK(file.refusal("data=\"a\\u0000b\"").starts_with("line 1: data: expected a string"));
  CHECK(file.refusal("data=[256]").starts_with("line 1: data: expected a string"));
}

TEST_CASE("what is no regular file is no configuration") {
  const ConfigFile file;
  CHECK(file.refusal_of(file.path().parent_path()) ==
        "expected a file with options in TOML, found a directory");
  CHECK(file.refusal_of(file.path()) ==
        "expected a file with options in TOML, found none: No such file or directory");
  const std::string irregular =
      "expected a file with options in TOML, found something that is not a regular file";
  CHECK(file.refusal_of("/dev/zero") == irregular);
  REQUIRE(mkfifo(file.path().c_str(), 0600) == 0);
  CHECK(file.refusal_of(file.path()) == irregular);
}
