#pragma once

#include <cairo.h>

#include <memory>
#include <string>
#include <vector>

#include "scanline/framework/core/shape.hpp"
#include "scanline/train/report/picture.hpp"

namespace scanline::train {

/// Red, green and blue, each from 0 to 1.
struct Colour {
  double red, green, blue;
  bool operator==(const Colour&) const = default;
};

/// The colour `share` of the way from `a` to `b`.
Colour mix(const Colour& a, const Colour& b, double share);

inline constexpr Colour ink{0.13, 0.13, 0.13};
inline constexpr Colour paper{1, 1, 1};
// For text on a colour, which stays when a page changes ink and paper.
inline constexpr Colour black{0, 0, 0};
// Two that those who see fewer colours tell apart too (Okabe and Ito 2008).
inline constexpr Colour blue{0, 0.447, 0.698};
inline constexpr Colour vermilion{0.835, 0.369, 0};

/// Lengths and places are in points, from the top left corner to the right and down.
struct Point {
  double x, y;
};

struct Box {
  double left, top, width, height;
  double right() const { return left + width; }
  double bottom() const { return top + height; }
  Point middle() const { return {left + width / 2, top + height / 2}; }
};

struct Stroke {
  Colour colour = ink;
  double width = 1;
  double opacity = 1;
  bool dashed = false;
};

enum class Align { left, middle, right };

struct TextStyle {
  double size = 12;
  Align align = Align::left;
  Colour colour = ink;
  bool bold = false;
  bool upwards = false;  // turned by a quarter, to be read from the bottom to the top
};

/// How much room a text takes from its left to its right.
double text_width(const std::string& text, const TextStyle& style);

/// Coloured pixels, row by row.
struct Raster {
  Index rows, columns;
  std::vector<Colour> pixels;  // (rows, columns)
};

struct Free {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};
using SurfacePointer = std::unique_ptr<cairo_surface_t, Free>;
using CairoPointer = std::unique_ptr<cairo_t, Free>;

/// A sheet to draw on. Whatever is drawn goes into pixels, through Cairo, and is written down as
/// SVG too. Cairo's own SVG would make outlines of the text, which can be neither searched nor
/// coloured by a page, and number its elements otherwise for each picture of a process.
class Canvas {
 public:
  /// @throws Error when memory is short.
  Canvas(double width, double height);

  void rectangle(const Box& box, const Colour& fill);
  void frame(const Box& box, const Stroke& stroke = {});
  void disc(const Point& middle, double radius, const Colour& fill);
  /// From point to point; two at least.
  void line(const std::vector<Point>& points, const Stroke& stroke = {});
  /// Text whose height has its middle at `at`, and which begins, has its middle or ends there.
  void text(const Point& at, const std::string& text, const TextStyle& style = {});
  /// The pixels fill the box; enlarged, they keep their edges.
  void image(const Box& box, const Raster& raster);

  /// What was drawn. @throws Error when Cairo could not draw it.
  Picture picture() const;

 private:
  void set_source(const Colour& colour, double opacity = 1);

  SurfacePointer surface_;
  CairoPointer cairo_;
  std::string svg_;  // without the closing tag
};

}  // namespace scanline::train
