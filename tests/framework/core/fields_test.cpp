#include "scanline/framework/core/fields.hpp"

#include "scanline/framework/core/error.hpp"
#include "tests/catch.hpp"

using scanline::Error;
using scanline::Field;
using scanline::Fields;
using scanline::Index;
using scanline::Settings;

namespace {

struct Options {
  Index heads = 4;
  std::uint64_t seed = 1;
  std::optional<double> size;
  double rate = 0.1;
  bool quiet = false;
  std::string path, kind = "round";

  void declare(Fields& fields) {
    fields.begin_group("Shape");
    fields.add("heads", heads, {1, 64}, "Heads");
    fields.add("kind", kind, {"round", "square"}, "Kind");
    fields.begin_group("Run");
    fields.add("seed", seed, {0, UINT64_MAX}, "Seed").changeable();
    fields.add("size", size, {0, 100}, "Size").checked([this] {
      if (*size == 13) throw Error("expected another number than 13");
    });
    fields.add("rate", rate, {0, 1, /*low_excluded=*/true}, "Rate");
    fields.add("quiet", quiet, "Quiet");
    fields.add("path", path, "Path").not_stored();
  }
};

}  // namespace

TEST_CASE("a field reads and writes the member that it was declared with") {
  Options options;
  Fields fields;
  options.declare(fields);
  CHECK(fields.settings() ==
        Settings{
            {"heads", "4"}, {"kind", "round"}, {"seed", "1"}, {"rate", "0.1"}, {"quiet", "false"}});
  fields.find("heads")->read("008");
  fields.find("kind")->read("square");
  fields.find("seed")->read("18446744073709551615");
  fields.find("size")->read("0.5");
  fields.find("rate")->read("1e-3");
  fields.find("quiet")->read("true");
  fields.find("path")->read("a b");
  CHECK(options.heads == 8);
  CHECK(options.kind == "square");
  CHECK(options.seed == UINT64_MAX);
  CHECK(options.size == 0.5);
  CHECK(options.rate == 0.001);
  CHECK(options.quiet);
  CHECK(options.path == "a b");
  CHECK(fields.settings().at("heads") == "8");
  CHECK(fields.settings().at("rate") == "0.001");
  CHECK(fields.find("seed")->may_change);
  CHECK_FALSE(fields.find("path")->is_stored);
  CHECK(fields.find("heads")->group == "Shape");
  CHECK(fields.find("rate")->group == "Run");
  CHECK(fields.find("absent") == nullptr);
}

TEST_CASE("a field refuses a value out of its bounds and keeps the one it had") {
  Options options;
  Fields fields;
  options.declare(fields);
  const auto message = [&](const char* name, const char* text) -> std::string {
    try {
      fields.find(name)->read(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  for (const char* text : {"0", "65", "-1", "", "0x2", "2.5", " 2", "2 ", "99999999999999999999"})
    CHECK(message("heads", text) ==
          "expected a whole number from 1 to 64, found '" + std::string(text) + "'");
  for (const char* text : {"0", "1.5", "nan", "inf", "", "0,5"})
    CHECK(message("rate", text) ==
          "expected a number above 0 and at most 1, found '" + std::string(text) + "'");
  CHECK(message("quiet", "yes") == "expected true or false, found 'yes'");
  fields.find("size")->read("7");
  CHECK(message("size", "13") == "expected another number than 13");
  CHECK(message("kind", "sqare") == "expected round, square, found 'sqare' (did you mean square?)");
  CHECK(message("kind", "a\nb") == "expected round, square, found 'a\\nb'");
  CHECK(options.heads == 4);
  CHECK(options.size == 7);
  CHECK(options.rate == 0.1);
  CHECK(options.kind == "round");
}

TEST_CASE("positional arguments are not part of a configuration, and lists grow") {
  std::string model;
  std::vector<std::string> files;
  Fields fields;
  fields.add_positional("MODEL", model, "Model");
  fields.add_positional("FILE", files, "Files");
  CHECK(fields.settings().empty());
  fields.find("MODEL")->read("m");
  fields.find("FILE")->read("a");
  fields.find("FILE")->read("b");
  CHECK(model == "m");
  CHECK(files == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a name is declared once") {
  Options options;
  Fields fields;
  options.declare(fields);
  CHECK_THROWS_AS(fields.add("heads", options.heads, {1, 2}, "again"), Error);
}

TEST_CASE("owners that declare the same name share the option") {
  Options options;
  Index heads = 9;
  bool loud = false;
  Fields first, second, all;
  options.declare(first);
  second.add("heads", heads, {5, 50}, "Heads too");
  second.add("loud", loud, "Loud");
  first.find("heads")->read("7");
  all.merge(first);
  all.begin_group("Second");
  all.merge(second);
  CHECK(heads == 7);
  CHECK(all.find("loud")->group == "Second");
  all.read({{"heads", "8"}, {"loud", "true"}});
  CHECK(options.heads == 8);
  CHECK(heads == 8);
  CHECK(loud);
  CHECK_THROWS_WITH(all.read({{"heads", "60"}}),
                    "heads: expected a whole number from 5 to 50, found '60'");
  CHECK_THROWS_WITH(all.read({{"haeds", "6"}}), ContainsSubstring("did you mean heads?"));
}
