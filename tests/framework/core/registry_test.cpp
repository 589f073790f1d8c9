#include "scanline/framework/core/registry.hpp"

#include "tests/catch.hpp"

using scanline::Error;
using scanline::Fields;
using scanline::Index;
using scanline::Registry;
using scanline::Settings;

namespace {

struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
};

struct Square : Shape {
  explicit Square(double side) : side_(side) {}
  double area() const override { return side_ * side_; }
  double side_;
};

struct Grid : Shape {
  struct Options {
    Index rows = 2;
    void declare(Fields& fields) { fields.add("rows", rows, {1, 9}, "Rows"); }
  };
  Grid(double side, const Options& options) : side_(side), options_(options) {}
  double area() const override { return side_ * side_ * static_cast<double>(options_.rows); }
  double side_;
  Options options_;
};

using Shapes = Registry<Shape, double>;

Shapes shapes() {
  return {"shape",
          {Shapes::entry<Square>("square", "one"), Shapes::entry<Grid>("grid", "many"),
           Shapes::entry<Grid::Options>("tall", "twice as many", [](double side, Grid::Options o) {
             o.rows *= 2;
             return std::make_unique<Grid>(side, o);
           })}};
}

}  // namespace

TEST_CASE("a row makes its product from the inputs and the options that were read") {
  const Shapes table = shapes();
  CHECK(table.names() == std::vector<std::string>{"square", "grid", "tall"});
  CHECK(table.find("square").choose()->make(3)->area() == 9);
  const auto grid = table.find("grid").choose();
  CHECK(grid->make(3)->area() == 18);
  Fields fields;
  grid->declare(fields);
  fields.find("rows")->read("5");
  CHECK(grid->make(3)->area() == 45);
  CHECK(table.find("grid").choose()->make(3)->area() == 18);
  CHECK(table.find("tall").choose()->make(3)->area() == 36);
  CHECK(table.find("grid").help == "many");
  CHECK(table.find("grid").with({{"colour", "red"}}).defaults == Settings{{"colour", "red"}});
  CHECK(table.choose("grid", {{"rows", "7"}})->make(1)->area() == 7);
  CHECK_THROWS_WITH(table.choose("grid", {{"rows", "70"}}),
                    "rows: expected a whole number from 1 to 9, found '70'");
  CHECK_THROWS_WITH(table.choose("grid", {{"row", "7"}}), ContainsSubstring("did you mean rows?"));
}

TEST_CASE("an option chooses a row by its name") {
  const Shapes table = shapes();
  std::string shape = "square";
  Fields fields;
  add_choice(fields, "shape", shape, table, "Shape");
  CHECK(fields.find("shape")->choices == table.names());
  fields.find("shape")->read("tall");
  CHECK(shape == "tall");
  CHECK_THROWS_AS(fields.find("shape")->read("sphere"), Error);
  CHECK(shape == "tall");
}

TEST_CASE("an unknown name is refused with a suggestion, and so is a name that two rows have") {
  Shapes table = shapes();
  CHECK_THROWS_WITH(table.find("gird"),
                    "there is no shape 'gird' (did you mean grid?); known are square, grid, tall");
  CHECK_THROWS_WITH(table.find("sphere\n"),
                    "there is no shape 'sphere\\n'; known are square, grid, tall");
  table.add(Shapes::entry<Grid>("square", "again"));
  CHECK_THROWS_WITH(table.find("square"), "there are two shapes called 'square'");
  CHECK_NOTHROW(table.find("grid"));
}
