#include "scanline/train/report/detail/canvas.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "scanline/framework/core/error.hpp"
#include "scanline/train/report/detail/markup.hpp"

namespace scanline::train {
namespace {

constexpr double pixels_per_point = 2;

void check(cairo_status_t status) {
  if (status != CAIRO_STATUS_SUCCESS)
    throw Error(fmt::format("cannot draw a picture: {}", cairo_status_to_string(status)));
}

SurfacePointer make_surface(Index width, Index height) {
  return SurfacePointer(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width),
                                                   static_cast<int>(height)));
}

std::string to_png(cairo_surface_t* surface) {
  const auto append = [](void* png, const unsigned char* bytes, unsigned int count) {
    static_cast<std::string*>(png)->append(reinterpret_cast<const char*>(bytes), count);
    return CAIRO_STATUS_SUCCESS;
  };
  std::string png;
  check(cairo_surface_write_to_png_stream(surface, append, &png));
  return png;
}

/// The bytes in base 64 (RFC 4648), as a data URI holds them.
std::string to_base64(const std::string& bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    unsigned group = 0;  // 24 bits, filled up with zeros
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j)
      text += j <= count ? digits[group >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

unsigned to_byte(double share) { return static_cast<unsigned>(std::lround(255 * share)); }

/// The colour as SVG writes it.
std::string name_of(const Colour& colour) {
  if (colour == ink) return "currentColor";
  return fmt::format("#{:02x}{:02x}{:02x}", to_byte(colour.red), to_byte(colour.green),
                     to_byte(colour.blue));
}

/// A length without digits that nobody can see.
double rounded(double length) { return std::round(100 * length) / 100; }

/// Sets the font; measures do not depend on the scale of what is drawn on.
void set_font(cairo_t* cairo, const TextStyle& style) {
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(cairo, options);
  cairo_font_options_destroy(options);
  cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo, style.size);
}

/// How far the pen goes.
double advance(cairo_t* cairo, const std::string& text) {
  cairo_text_extents_t extents;
  cairo_text_extents(cairo, text.c_str(), &extents);
  check(cairo_status(cairo));
  return extents.x_advance;
}

}  // namespace

Colour mix(const Colour& a, const Colour& b, double share) {
  return {std::lerp(a.red, b.red, share), std::lerp(a.green, b.green, share),
          std::lerp(a.blue, b.blue, share)};
}

double text_width(const std::string& text, const TextStyle& style) {
  const SurfacePointer surface = make_surface(1, 1);
  const CairoPointer cairo(cairo_create(surface.get()));
  set_font(cairo.get(), style);
  return advance(cairo.get(), text);
}

Canvas::Canvas(double width, double height)
    : surface_(make_surface(std::lround(width * pixels_per_point),
                            std::lround(height * pixels_per_point))),
      cairo_(cairo_create(surface_.get())) {
  check(cairo_status(cairo_.get()));
  cairo_scale(cairo_.get(), pixels_per_point, pixels_per_point);
  set_source(paper);
  cairo_paint(cairo_.get());
  svg_ = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" color=\"#{2:02x}{2:02x}{2:02x}\" font-family=\"sans-serif\">\n"
      "<rect class=\"paper\" width=\"100%\" height=\"100%\" fill=\"{3}\"/>\n",
      rounded(width), rounded(height), to_byte(ink.red), name_of(paper));
}

void Canvas::set_source(const Colour& colour, double opacity) {
  cairo_set_source_rgba(cairo_.get(), colour.red, colour.green, colour.blue, opacity);
}

void Canvas::rectangle(const Box& box, const Colour& fill) {
  set_source(fill);
  cairo_rectangle(cairo_.get(), box.left, box.top, box.width, box.height);
  cairo_fill(cairo_.get());
  svg_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
                      rounded(box.left), rounded(box.top), rounded(box.width), rounded(box.height),
                      name_of(fill));
}

void Canvas::frame(const Box& box, const Stroke& stroke) {
  line({{box.left, box.top},
        {box.right(), box.top},
        {box.right(), box.bottom()},
        {box.left, box.bottom()},
        {box.left, box.top}},
       stroke);
}

void Canvas::disc(const Point& middle, double radius, const Colour& fill) {
  set_source(fill);
  cairo_new_path(cairo_.get());
  cairo_arc(cairo_.get(), middle.x, middle.y, radius, 0, 2 * std::numbers::pi);
  cairo_fill(cairo_.get());
  svg_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>\n", rounded(middle.x),
                      rounded(middle.y), rounded(radius), name_of(fill));
}

void Canvas::line(const std::vector<Point>& points, const Stroke& stroke) {
  std::vector<std::string> places;
  for (const Point& point : points) {
    cairo_line_to(cairo_.get(), point.x, point.y);
    places.push_back(fmt::format("{},{}", rounded(point.x), rounded(point.y)));
  }
  const double dash = 3 * stroke.width;
  set_source(stroke.colour, stroke.opacity);
  cairo_set_line_width(cairo_.get(), stroke.width);
  cairo_set_line_join(cairo_.get(), CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash(cairo_.get(), &dash, stroke.dashed ? 1 : 0, 0);
  cairo_stroke(cairo_.get());
  svg_ += fmt::format(
      "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" "
      "stroke-linejoin=\"round\"{}{}/>\n",
      fmt::join(places, " "), name_of(stroke.colour), rounded(stroke.width),
      stroke.opacity < 1 ? fmt::format(" stroke-opacity=\"{}\"", stroke.opacity) : "",
      stroke.dashed ? fmt::format(" stroke-dasharray=\"{}\"", dash) : "");
}

void Canvas::text(const Point& at, const std::string& text, const TextStyle& style) {
  // From the middle of a capital letter, and of a digit, to the line that it stands on.
  const double drop = 0.36 * style.size;
  const auto aligned = static_cast<int>(style.align);
  cairo_save(cairo_.get());
  cairo_translate(cairo_.get(), at.x, at.y);
  if (style.upwards) cairo_rotate(cairo_.get(), -std::numbers::pi / 2);
  set_source(style.colour);
  set_font(cairo_.get(), style);
  cairo_move_to(cairo_.get(), -advance(cairo_.get(), text) * aligned / 2, drop);
  cairo_show_text(cairo_.get(), text.c_str());
  cairo_restore(cairo_.get());
  cairo_new_path(cairo_.get());
  constexpr const char* anchors[]{"start", "middle", "end"};
  svg_ += fmt::format(
      "<text transform=\"translate({} {}){}\" y=\"{}\" font-size=\"{}\" text-anchor=\"{}\"{} "
      "fill=\"{}\">{}</text>\n",
      rounded(at.x), rounded(at.y), style.upwards ? " rotate(-90)" : "", rounded(drop),
      rounded(style.size), anchors[aligned], style.bold ? " font-weight=\"bold\"" : "",
      name_of(style.colour), escape_markup(text));
}

void Canvas::image(const Box& box, const Raster& raster) {
  const SurfacePointer pixels = make_surface(raster.columns, raster.rows);
  check(cairo_surface_status(pixels.get()));
  unsigned char* bytes = cairo_image_surface_get_data(pixels.get());
  const int stride = cairo_image_surface_get_stride(pixels.get());
  for (Index row = 0; row < raster.rows; ++row)
    for (Index column = 0; column < raster.columns; ++column) {
      const Colour& colour = raster.pixels[static_cast<std::size_t>(row * raster.columns + column)];
      reinterpret_cast<std::uint32_t*>(bytes + row * stride)[column] =
          to_byte(colour.red) << 16 | to_byte(colour.green) << 8 | to_byte(colour.blue);
    }
  cairo_surface_mark_dirty(pixels.get());

  const double x_scale = box.width / static_cast<double>(raster.columns);
  const double y_scale = box.height / static_cast<double>(raster.rows);
  const bool enlarged = std::min(x_scale, y_scale) * pixels_per_point >= 1;
  cairo_save(cairo_.get());
  cairo_translate(cairo_.get(), box.left, box.top);
  cairo_scale(cairo_.get(), x_scale, y_scale);
  cairo_set_source_surface(cairo_.get(), pixels.get(), 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cairo_.get()),
                           enlarged ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
  cairo_paint(cairo_.get());
  cairo_restore(cairo_.get());
  svg_ += fmt::format(
      "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\"{} "
      "href=\"data:image/png;base64,{}\"/>\n",
      rounded(box.left), rounded(box.top), rounded(box.width), rounded(box.height),
      enlarged ? " style=\"image-rendering:pixelated\"" : "", to_base64(to_png(pixels.get())));
}

Picture Canvas::picture() const {
  check(cairo_status(cairo_.get()));
  return {svg_ + "</svg>\n", to_png(surface_.get())};
}

}  // namespace scanline::train
