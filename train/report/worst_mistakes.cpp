#include <fmt/format.h>

#include <algorithm>

#include "scanline/train/report/detail/canvas.hpp"
#include "scanline/train/report/detail/mistakes.hpp"
#include "scanline/train/report/plot.hpp"

namespace scanline::train {
namespace {

/// An image as ink on paper.
Raster to_raster(const datasets::Dataset& images, Index i) {
  Raster raster{images.rows, images.columns, {}};
  const Index size = images.rows * images.columns;
  for (Index pixel = i * size; pixel < (i + 1) * size; ++pixel)
    raster.pixels.push_back(
        mix(paper, black, images.pixels[static_cast<std::size_t>(pixel)] / 255.0));
  return raster;
}

constexpr TextStyle caption{.size = 11, .align = Align::middle};

/// What stands below the images.
struct Captions {
  std::vector<std::vector<std::string>> lines;  // of each image
  double widest = 0;                            // line
  /// Digits fit on a line; longer names get one for the truth and one for the answer.
  bool one_line = true;
};

Captions make_captions(const std::vector<Mistake>& mistakes,
                       const std::vector<std::string>& class_names) {
  Captions captions;
  captions.one_line =
      std::all_of(class_names.begin(), class_names.end(),
                  [](const std::string& name) { return text_width(name, caption) < 16; });
  for (const Mistake& mistake : mistakes) {
    const std::string truth = "true " + class_names[mistake.truth];
    const std::string answer =
        fmt::format("said {} ({:.2f})", class_names[mistake.answer], mistake.probability);
    captions.lines.push_back(captions.one_line ? std::vector{truth + ", " + answer}
                                               : std::vector{truth, answer});
    for (const std::string& line : captions.lines.back())
      captions.widest = std::max(captions.widest, text_width(line, caption));
  }
  return captions;
}

}  // namespace

Picture worst_mistakes(const Answers& answers, const datasets::Dataset& images) {
  constexpr double margin = 20, top = 46, widest_sheet = 1024;

  std::vector<Mistake> mistakes = find_mistakes(answers, images);
  const std::size_t found = mistakes.size();
  mistakes.resize(std::min(found, most_mistakes));
  const auto [captions, widest, one_line] = make_captions(mistakes, images.class_names);

  // Large enough to see the pixels, unless there are very many.
  const double scale =
      std::min(3.5, 240 / static_cast<double>(std::max(images.rows, images.columns)));
  const double width = scale * static_cast<double>(images.columns);
  const double height = scale * static_cast<double>(images.rows);
  const double cell_width = std::max(width, widest) + 12;
  const double cell_height = height + (one_line ? 34 : 50);
  const auto columns =
      static_cast<std::size_t>(std::max(1.0, (widest_sheet - 2 * margin) / cell_width));
  const std::size_t rows = (mistakes.size() + columns - 1) / columns;

  const double sheet_width =
      2 * margin + cell_width * static_cast<double>(std::min(columns, mistakes.size()));
  Canvas canvas(std::max(460.0, sheet_width),
                top + std::max(40.0, cell_height * static_cast<double>(rows)) + margin / 2);
  const std::string which =
      found > most_mistakes
          ? fmt::format("The {} most certain of {} mistakes", most_mistakes, found)
          : "Mistakes";
  canvas.text({margin, 22}, fmt::format("{} in {} images", which, answers.labels.size()),
              {.size = 14, .bold = true});
  if (mistakes.empty()) canvas.text({margin, top + 10}, "none");
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    const double left = margin + cell_width * static_cast<double>(i % columns);
    const double middle = left + cell_width / 2;
    const Box box{middle - width / 2, top + cell_height * static_cast<double>(i / columns), width,
                  height};
    canvas.image(box, to_raster(images, mistakes[i].image));
    canvas.frame(box, {.opacity = 0.3});
    double line = box.bottom() + 12;
    for (const std::string& text : captions[i]) {
      canvas.text({middle, line}, text, caption);
      line += 15;
    }
  }
  return canvas.picture();
}

}  // namespace scanline::train
